// SPDX-License-Identifier: MIT
// Constants of the kernel interface that need no types (kernel-abi 1 to 4).
#pragma once

// ---- operation flags of an invocation (x2 bits 0..3) ----
#define L4_SYSF_SEND           0x1u
#define L4_SYSF_RECV           0x2u
#define L4_SYSF_OPEN_WAIT      0x4u
#define L4_SYSF_REPLY          0x8u
#define L4_SYSF_CALL           (L4_SYSF_SEND | L4_SYSF_RECV)
#define L4_SYSF_WAIT           (L4_SYSF_OPEN_WAIT | L4_SYSF_RECV)
#define L4_SYSF_SEND_AND_WAIT  (L4_SYSF_SEND | L4_SYSF_WAIT)
#define L4_SYSF_REPLY_AND_WAIT (L4_SYSF_WAIT | L4_SYSF_SEND | L4_SYSF_REPLY)

// ---- capability selectors ----
#define L4_CAP_SHIFT         12
#define L4_CAP_SIZE          0x1000ul
#define L4_CAP_OFFSET        0x1000ul
#define L4_CAP_MASK          (~0ul << 10)
#define L4_CAP_INDEX_MASK    (~0ul << 12)
#define L4_CAP_INDEX_BITS    20
#define L4_REPLY_CAP_BIT     (1ul << 10)
#define L4_INVALID_CAP_BIT   (1ul << 11)
#define L4_INVALID_CAP       (~0ul << 11)
#define L4_INVALID_REPLY_CAP (~0ul << 10)

enum l4_default_caps_t {
    L4_BASE_TASK_CAP = 1 << L4_CAP_SHIFT,
    L4_BASE_FACTORY_CAP = 2 << L4_CAP_SHIFT,
    L4_BASE_THREAD_CAP = 3 << L4_CAP_SHIFT,
    L4_BASE_PAGER_CAP = 4 << L4_CAP_SHIFT,
    L4_BASE_LOG_CAP = 5 << L4_CAP_SHIFT,
    L4_BASE_ICU_CAP = 6 << L4_CAP_SHIFT,
    L4_BASE_SCHEDULER_CAP = 7 << L4_CAP_SHIFT,
    L4_BASE_IOMMU_CAP = 8 << L4_CAP_SHIFT,
    L4_BASE_DEBUGGER_CAP = 10 << L4_CAP_SHIFT,
    L4_BASE_ARM_SMCCC_CAP = 11 << L4_CAP_SHIFT,
    L4_BASE_CAPS_LAST = 11 << L4_CAP_SHIFT,
};

// ---- pages ----
#define L4_PAGESHIFT          12
#define L4_PAGESIZE           (1ul << L4_PAGESHIFT)
#define L4_PAGEMASK           (~(L4_PAGESIZE - 1))
#define L4_LOG2_PAGESIZE      L4_PAGESHIFT
#define L4_SUPERPAGESHIFT     21
#define L4_SUPERPAGESIZE      (1ul << L4_SUPERPAGESHIFT)
#define L4_SUPERPAGEMASK      (~(L4_SUPERPAGESIZE - 1))
#define L4_LOG2_SUPERPAGESIZE L4_SUPERPAGESHIFT

// ---- flexpages ----
#define L4_FPAGE_SPECIAL       0ul
#define L4_FPAGE_MEMORY        1ul
#define L4_FPAGE_IO            2ul
#define L4_FPAGE_OBJ           3ul
#define L4_WHOLE_ADDRESS_SPACE 63

// memory rights
#define L4_FPAGE_X   1u
#define L4_FPAGE_W   2u
#define L4_FPAGE_RO  4u
#define L4_FPAGE_RW  6u
#define L4_FPAGE_RX  5u
#define L4_FPAGE_RWX 7u

// object rights
#define L4_CAP_FPAGE_W    1u
#define L4_CAP_FPAGE_S    2u
#define L4_CAP_FPAGE_R    4u
#define L4_CAP_FPAGE_RO   4u
#define L4_CAP_FPAGE_D    8u
#define L4_CAP_FPAGE_RW   5u
#define L4_CAP_FPAGE_RS   6u
#define L4_CAP_FPAGE_RWS  7u
#define L4_CAP_FPAGE_RWSD 15u
#define L4_CAP_FPAGE_RWD  13u
#define L4_CAP_FPAGE_RD   12u

// object attributes of a map item (bits 4..7 of its first word)
#define L4_FPAGE_C_NO_REF_CNT  0x10u
#define L4_FPAGE_C_OBJ_RIGHT1  0x20u
#define L4_FPAGE_C_OBJ_RIGHT2  0x40u
#define L4_FPAGE_C_OBJ_RIGHT3  0x80u
#define L4_FPAGE_C_OBJ_RIGHTS  0xe0u
#define L4_FPAGE_C_IPCGATE_SVR L4_FPAGE_C_OBJ_RIGHT1

// memory attributes of a map item (shifted left by 4 in its first word)
#define L4_FPAGE_UNCACHEABLE 1u
#define L4_FPAGE_CACHEABLE   3u
#define L4_FPAGE_BUFFERABLE  5u

// map items and receive items
#define L4_ITEM_CONT                 1u
#define L4_MAP_ITEM_MAP              0u
#define L4_MAP_ITEM_GRANT            2u
#define L4_ITEM_MAP                  8u
#define L4_RCV_ITEM_FORWARD_MAPPINGS 1u
#define L4_RCV_ITEM_SINGLE_CAP       (L4_ITEM_MAP | 2u)
#define L4_RCV_ITEM_LOCAL_ID         4u

// what the kernel writes into a received item (bits 1..2 and the type in 4..5)
#define L4_RCV_ITEM_RESULT_MASK 0x3eu
#define L4_RCV_OBJ_MAPPED       0x38u
#define L4_RCV_OBJ_NOTHING      0x3au
#define L4_RCV_OBJ_LOCAL_ID     0x3cu
#define L4_RCV_OBJ_FPAGE        0x3eu
#define L4_RCV_MEM_MAPPED       0x18u
#define L4_RCV_MEM_NOTHING      0x1au

// buffer descriptor register
#define L4_BDR_MEM_SHIFT   0
#define L4_BDR_IO_SHIFT    5
#define L4_BDR_OBJ_SHIFT   10
#define L4_BDR_OFFSET_MASK 0x1ful
#define L4_BDR_FPU         (1ul << 24)

// unmap masks
#define L4_FP_OTHER_SPACES 0ul
#define L4_FP_ALL_SPACES   0x80000000ul
#define L4_FP_DELETE_OBJ   0xc0000000ul

// ---- message tag flags ----
#define L4_MSGTAG_TRANSFER_FPU 0x1000
#define L4_MSGTAG_SCHEDULE     0x2000
#define L4_MSGTAG_PROPAGATE    0x4000
#define L4_MSGTAG_ERROR        0x8000
#define L4_MSGTAG_FLAGS        0xf000

// ---- protocols (labels) ----
#define L4_PROTO_NONE          0L
#define L4_PROTO_ALLOW_SYSCALL 1L
#define L4_PROTO_PF_EXCEPTION  1L
#define L4_PROTO_IRQ           (-1L)
#define L4_PROTO_PAGE_FAULT    (-2L)
#define L4_PROTO_EXCEPTION     (-5L)
#define L4_PROTO_SIGMA0        (-6L)
#define L4_PROTO_IO_PAGE_FAULT (-8L)
#define L4_PROTO_THREAD_GROUP  (-9L)
#define L4_PROTO_KOBJECT       (-10L)
#define L4_PROTO_TASK          (-11L)
#define L4_PROTO_THREAD        (-12L)
#define L4_PROTO_LOG           (-13L)
#define L4_PROTO_SCHEDULER     (-14L)
#define L4_PROTO_FACTORY       (-15L)
#define L4_PROTO_VM            (-16L)
#define L4_PROTO_DMA_SPACE     (-17L)
#define L4_PROTO_IRQ_SENDER    (-18L)
#define L4_PROTO_SEMAPHORE     (-20L)
#define L4_PROTO_META          (-21L)
#define L4_PROTO_IOMMU         (-22L)
#define L4_PROTO_DEBUGGER      (-23L)
#define L4_PROTO_SMCCC         (-24L)
#define L4_PROTO_VCPU_CONTEXT  (-25L)

// ---- factory argument headers: type in the low byte, byte length from bit 16 ----
#define L4_VARG_TYPE_NIL    0x00u
#define L4_VARG_TYPE_UMWORD 0x01u
#define L4_VARG_TYPE_MWORD  0x81u
#define L4_VARG_TYPE_STRING 0x02u
#define L4_VARG_TYPE_FPAGE  0x03u
#define L4_VARG_TYPE_SIGN   0x80u

// ---- UTCB ----
#define L4_UTCB_GENERIC_DATA_SIZE    63
#define L4_UTCB_GENERIC_BUFFERS_SIZE 58
#define L4_UTCB_MSG_REGS_OFFSET      0x000
#define L4_UTCB_BUF_REGS_OFFSET      0x200
#define L4_UTCB_THREAD_REGS_OFFSET   0x3d8
#define L4_UTCB_OFFSET               1024
#define L4_KU_MEM_MIN_ORDER          12
#define L4_KU_MEM_MAX_ORDER          17

// ---- page fault message: low bits of MR0 (kernel-abi 4.16) ----
#define L4_PF_ABSENT 1ul
#define L4_PF_WRITE  2ul
#define L4_PF_INSN   4ul

// ---- page fault and exception: artificial exception classes ----
#define L4_EC_VIRTUAL_PPI 0x3du
#define L4_EC_EX_REGS     0x3eu
#define L4_EC_IPC_UPCALL  0x3fu
