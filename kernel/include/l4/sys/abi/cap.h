// SPDX-License-Identifier: MIT
// Capability selectors and rights (kernel-abi 2.1, 2.2).
#pragma once

#include <l4/sys/abi/number.h>

// Selector: operation flags 0..3 (abi/ipc.h), marks 10 and 11, index from bit 12.
#define L4_CAP_SHIFT         12
#define L4_CAP_SIZE          L4_UL(0x1000)
#define L4_CAP_OFFSET        L4_UL(0x1000)
#define L4_CAP_INDEX_BITS    20
#define L4_CAP_INDEX_MASK    (~L4_UL(0) << L4_CAP_SHIFT)
#define L4_CAP_MASK          (~L4_UL(0) << 10)
#define L4_REPLY_CAP_BIT     (L4_UL(1) << 10)
#define L4_INVALID_CAP_BIT   (L4_UL(1) << 11)
#define L4_SPECIAL_CAP_BITS  (L4_INVALID_CAP_BIT | L4_REPLY_CAP_BIT) // with any of them it names no slot
#define L4_INVALID_CAP       (~L4_UL(0) << 11)
#define L4_INVALID_REPLY_CAP (~L4_UL(0) << 10)

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
#define L4_CAP_FPAGE_W    L4_U(1)
#define L4_CAP_FPAGE_S    L4_U(2)
#define L4_CAP_FPAGE_R    L4_U(4)
#define L4_CAP_FPAGE_D    L4_U(8)
#define L4_CAP_FPAGE_RO   L4_U(4)
#define L4_CAP_FPAGE_RW   L4_U(5)
#define L4_CAP_FPAGE_RS   L4_U(6)
#define L4_CAP_FPAGE_RWS  L4_U(7)
#define L4_CAP_FPAGE_RD   L4_U(12)
#define L4_CAP_FPAGE_RSD  L4_U(14)
#define L4_CAP_FPAGE_RWD  L4_U(13)
#define L4_CAP_FPAGE_RWSD L4_U(15)

// More of them, as attributes of a map item (bits 4..7 of its first word).
#define L4_FPAGE_C_REF_CNT     L4_U(0)
#define L4_FPAGE_C_NO_REF_CNT  L4_U(0x10) // weak: not counted
#define L4_FPAGE_C_OBJ_RIGHT1  L4_U(0x20)
#define L4_FPAGE_C_OBJ_RIGHT2  L4_U(0x40)
#define L4_FPAGE_C_OBJ_RIGHT3  L4_U(0x80)
#define L4_FPAGE_C_OBJ_RIGHTS  L4_U(0xe0)
#define L4_FPAGE_C_IPCGATE_SVR L4_FPAGE_C_OBJ_RIGHT1
