// SPDX-License-Identifier: MIT
// Capability selectors and rights (kernel-abi 2.1, 2.2).
#pragma once

// Selector: operation flags 0..3 (abi/ipc.h), marks 10 and 11, index from bit 12.
#define L4_CAP_SHIFT         12
#define L4_CAP_SIZE          0x1000ul
#define L4_CAP_OFFSET        0x1000ul
#define L4_CAP_INDEX_BITS    20
#define L4_CAP_INDEX_MASK    (~0ul << L4_CAP_SHIFT)
#define L4_CAP_MASK          (~0ul << 10)
#define L4_REPLY_CAP_BIT     (1ul << 10)
#define L4_INVALID_CAP_BIT   (1ul << 11)
#define L4_SPECIAL_CAP_BITS  (L4_INVALID_CAP_BIT | L4_REPLY_CAP_BIT) // with any of them it names no slot
#define L4_INVALID_CAP       (~0ul << 11)
#define L4_INVALID_REPLY_CAP (~0ul << 10)

// What sigma0 and the root task have from the start.
#define L4_BASE_TASK_CAP      (1 << L4_CAP_SHIFT)
#define L4_BASE_FACTORY_CAP   (2 << L4_CAP_SHIFT)
#define L4_BASE_THREAD_CAP    (3 << L4_CAP_SHIFT)
#define L4_BASE_PAGER_CAP     (4 << L4_CAP_SHIFT)
#define L4_BASE_LOG_CAP       (5 << L4_CAP_SHIFT)
#define L4_BASE_ICU_CAP       (6 << L4_CAP_SHIFT)
#define L4_BASE_SCHEDULER_CAP (7 << L4_CAP_SHIFT)
#define L4_BASE_IOMMU_CAP     (8 << L4_CAP_SHIFT)
#define L4_BASE_DEBUGGER_CAP  (10 << L4_CAP_SHIFT)
#define L4_BASE_ARM_SMCCC_CAP (11 << L4_CAP_SHIFT)
#define L4_BASE_CAPS_LAST     (11 << L4_CAP_SHIFT)

// Rights of a capability: in an object flexpage, and in the slot.
#define L4_CAP_FPAGE_W    1u
#define L4_CAP_FPAGE_S    2u
#define L4_CAP_FPAGE_R    4u
#define L4_CAP_FPAGE_D    8u
#define L4_CAP_FPAGE_RO   4u
#define L4_CAP_FPAGE_RW   5u
#define L4_CAP_FPAGE_RS   6u
#define L4_CAP_FPAGE_RWS  7u
#define L4_CAP_FPAGE_RD   12u
#define L4_CAP_FPAGE_RWD  13u
#define L4_CAP_FPAGE_RWSD 15u

// More of them, as attributes of a map item (bits 4..7 of its first word).
#define L4_FPAGE_C_NO_REF_CNT  0x10u // weak: not counted
#define L4_FPAGE_C_OBJ_RIGHT1  0x20u
#define L4_FPAGE_C_OBJ_RIGHT2  0x40u
#define L4_FPAGE_C_OBJ_RIGHT3  0x80u
#define L4_FPAGE_C_OBJ_RIGHTS  0xe0u
#define L4_FPAGE_C_IPCGATE_SVR L4_FPAGE_C_OBJ_RIGHT1
