// SPDX-License-Identifier: MIT
// Operations of the kernel's objects: the numbers in message register 0, and what goes with them (kernel-abi 4). The
// protocols that they belong to: abi/proto.h.
#pragma once

#include <l4/sys/abi/number.h>

// ---- any object, gates, IRQ objects (L4_PROTO_KOBJECT) ----
#define L4_KOBJECT_DEC_REFCNT_OP 0
#define L4_RCV_EP_BIND_OP        0x10
#define L4_IPC_GATE_GET_INFO_OP  0x11
#define L4_GATE_LABEL_RIGHTS     L4_UL(3) // bits of a gate's label that are the sender's rights W and S on arrival

// ---- task (L4_PROTO_TASK) ----
#define L4_TASK_MAP_OP        0
#define L4_TASK_UNMAP_OP      1
#define L4_TASK_CAP_INFO_OP   2
#define L4_TASK_ADD_KU_MEM_OP 3
#define L4_TASK_LDT_SET_OP    0x11
#define L4_TASK_MAP_VGICC_OP  0x12

#define L4_KU_MEM_MIN_ORDER 12
#define L4_KU_MEM_MAX_ORDER 17

// ---- thread (L4_PROTO_THREAD); flags from bit 16 of the same word ----
#define L4_THREAD_CONTROL_OP               0
#define L4_THREAD_EX_REGS_OP               1
#define L4_THREAD_SWITCH_OP                2
#define L4_THREAD_STATS_OP                 3
#define L4_THREAD_VCPU_RESUME_OP           4
#define L4_THREAD_REGISTER_DELETE_IRQ_OP   5
#define L4_THREAD_MODIFY_SENDER_OP         6
#define L4_THREAD_VCPU_CONTROL_OP          7
#define L4_THREAD_REGISTER_DOORBELL_IRQ_OP 8
#define L4_THREAD_PF_TRAMP_CONTROL_OP      9
#define L4_THREAD_ARM_TPIDRURO_OP          0x10
#define L4_THREAD_VCPU_EL1_READ            0x20 // of this kernel alone, as are the next two
#define L4_THREAD_VCPU_EL1_WRITE           0x21
#define L4_THREAD_VCPU_DEBUG_WRITE         0x22
#define L4_THREAD_OPCODE_MASK              0xffff

#define L4_THREAD_CONTROL_SET_PAGER       0x0010000
#define L4_THREAD_CONTROL_BIND_TASK       0x0200000
#define L4_THREAD_CONTROL_ALIEN           0x0400000
#define L4_THREAD_CONTROL_SET_EXC_HANDLER 0x1000000

// Message registers of control.
#define L4_THREAD_CONTROL_MR_IDX_FLAGS       0
#define L4_THREAD_CONTROL_MR_IDX_PAGER       1
#define L4_THREAD_CONTROL_MR_IDX_EXC_HANDLER 2
#define L4_THREAD_CONTROL_MR_IDX_FLAG_VALS   4
#define L4_THREAD_CONTROL_MR_IDX_BIND_UTCB   5
#define L4_THREAD_CONTROL_MR_IDX_BIND_TASK   6
#define L4_THREAD_CONTROL_WORDS              6

#define L4_THREAD_EX_REGS_CANCEL             0x10000
#define L4_THREAD_EX_REGS_TRIGGER_EXCEPTION  0x20000
#define L4_THREAD_EX_REGS_ARM64_SET_EL_SHIFT 24
#define L4_THREAD_EX_REGS_ARM64_SET_EL_MASK  (0x3 << L4_THREAD_EX_REGS_ARM64_SET_EL_SHIFT)
#define L4_THREAD_EX_REGS_ARM64_SET_EL_KEEP  (0x0 << L4_THREAD_EX_REGS_ARM64_SET_EL_SHIFT)
#define L4_THREAD_EX_REGS_ARM64_SET_EL_EL0   (0x1 << L4_THREAD_EX_REGS_ARM64_SET_EL_SHIFT)
#define L4_THREAD_EX_REGS_ARM64_SET_EL_EL1   (0x2 << L4_THREAD_EX_REGS_ARM64_SET_EL_SHIFT)
#define L4_THREAD_EX_REGS_KEEP               (~L4_UL(0)) // for ip and sp

#define L4_THREAD_VCPU_CONTROL_EXT L4_UL(0x10000)

// ---- IRQ object: trigger and end of interrupt (L4_PROTO_IRQ, semaphores too), the others (L4_PROTO_IRQ_SENDER) ----
#define L4_IRQ_TRIGGER_OP          2
#define L4_IRQ_EOI_OP              4
#define L4_IRQ_SENDER_DETACH_OP    1
#define L4_IRQ_SENDER_BIND_VCPU_OP 2
#define L4_IRQ_OPCODE_MASK         0xffff

// ---- semaphore (L4_PROTO_SEMAPHORE) ----
#define L4_SEMAPHORE_DOWN_OP 0

// ---- interrupt controller (L4_PROTO_IRQ) ----
#define L4_IOMMU_BIND_OP   0
#define L4_IOMMU_UNBIND_OP 1

#define L4_ICU_BIND_OP     0
#define L4_ICU_UNBIND_OP   1
#define L4_ICU_INFO_OP     2
#define L4_ICU_MSI_INFO_OP 3
#define L4_ICU_UNMASK_OP   4
#define L4_ICU_MASK_OP     5
#define L4_ICU_SET_MODE_OP 6

#define L4_ICU_FLAG_MSI L4_U(0x80000000)

#define L4_IRQ_F_NONE         0
#define L4_IRQ_F_MASK         0xf
#define L4_IRQ_F_SET_MODE     0x1
#define L4_IRQ_F_LEVEL        0x2
#define L4_IRQ_F_NEG          0x4
#define L4_IRQ_F_BOTH         0x8
#define L4_IRQ_F_EDGE         0
#define L4_IRQ_F_POS          0
#define L4_IRQ_F_POS_EDGE     0x1
#define L4_IRQ_F_NEG_EDGE     0x5
#define L4_IRQ_F_BOTH_EDGE    0x9
#define L4_IRQ_F_LEVEL_HIGH   0x3
#define L4_IRQ_F_LEVEL_LOW    0x7
#define L4_IRQ_F_SET_WAKEUP   0x10
#define L4_IRQ_F_CLEAR_WAKEUP 0x20

// ---- platform control (L4_PROTO_NONE, on the interrupt controller) ----
#define L4_PLATFORM_CTL_SYS_SUSPEND_OP        0
#define L4_PLATFORM_CTL_SYS_SHUTDOWN_OP       1
#define L4_PLATFORM_CTL_CPU_ALLOW_SHUTDOWN_OP 2
#define L4_PLATFORM_CTL_CPU_ENABLE_OP         3
#define L4_PLATFORM_CTL_CPU_DISABLE_OP        4
#define L4_PLATFORM_CTL_OPCODE_MASK           0xffffffff

// ---- console (L4_PROTO_LOG) ----
#define L4_VCON_WRITE_OP    0
#define L4_VCON_READ_OP     1 // size from bit 16 of the same word
#define L4_VCON_SET_ATTR_OP 2
#define L4_VCON_GET_ATTR_OP 3
#define L4_VCON_OPCODE_MASK 0xffff

#define L4_VCON_WRITE_SIZE      (61 * 8) // bytes of one write at most
#define L4_VCON_READ_SIZE       (62 * 8) // bytes of one read at most
#define L4_VCON_READ_SIZE_SHIFT 16
#define L4_VCON_READ_SIZE_MASK  L4_U(0x3fffffff)
#define L4_VCON_READ_STAT_BREAK L4_U(0x40000000)
#define L4_VCON_READ_STAT_DONE  L4_U(0x80000000)

// Flags for input, output, and the line.
#define L4_VCON_INLCR  0100
#define L4_VCON_IGNCR  0200
#define L4_VCON_ICRNL  0400
#define L4_VCON_ONLCR  04
#define L4_VCON_OCRNL  010
#define L4_VCON_ONLRET 040
#define L4_VCON_ICANON 02
#define L4_VCON_ECHO   010

// ---- scheduler (L4_PROTO_SCHEDULER) ----
#define L4_SCHEDULER_INFO_OP       0
#define L4_SCHEDULER_RUN_THREAD_OP 1
#define L4_SCHEDULER_IDLE_TIME_OP  2

// CPU set: offset 0..23, log2 of the granularity 24..31; the next word is the map.
#define L4_SCHED_CPU_OFFSET_MASK      L4_UL(0xffffff)
#define L4_SCHED_CPU_GRAN_SHIFT       24
#define L4_SCHED_CPU_GRAN_MASK        L4_UL(0xff)
#define L4_SCHEDULER_CLASS_FIXED_PRIO L4_UL(2)
#define L4_SCHEDULER_CLASS_WFQ        L4_UL(4)

// ---- factory (L4_PROTO_FACTORY); arguments: type in the low byte, length in bytes from bit 16 ----
#define L4_VARG_TYPE_NIL    L4_U(0x00)
#define L4_VARG_TYPE_UMWORD L4_U(0x01)
#define L4_VARG_TYPE_MWORD  L4_U(0x81)
#define L4_VARG_TYPE_STRING L4_U(0x02)
#define L4_VARG_TYPE_FPAGE  L4_U(0x03)
#define L4_VARG_TYPE_SIGN   L4_U(0x80)
#define L4_VARG_SIZE_SHIFT  16

// ---- memory of a factory (L4_PROTO_MEM_ALLOC) ----
#define L4_FACTORY_INFO_OPCODE_MASK 0xffffffff
#define L4_FACTORY_INFO_OP          0

// Its answer, a word each, all in bytes.
#define L4_FACTORY_INFO_QUOTA      0
#define L4_FACTORY_INFO_QUOTA_USED 1
#define L4_FACTORY_INFO_LIMIT      2 // of all memory
#define L4_FACTORY_INFO_USED       3
#define L4_FACTORY_INFO_FREE       4
#define L4_FACTORY_INFO_OBJECTS    5 // in allocations; the rest of what is used lies between them
#define L4_FACTORY_INFO_WORDS      6

// ---- debugger (L4_PROTO_DEBUGGER; this kernel has none) ----
#define L4_DEBUGGER_NAME_SET_OP   0x100
#define L4_DEBUGGER_GLOBAL_ID_OP  0x101
#define L4_DEBUGGER_KOBJ_TO_ID_OP 0x102
#define L4_DEBUGGER_LOG_TYPEID_OP 0x103
#define L4_DEBUGGER_SWITCH_LOG_OP 0x104
#define L4_DEBUGGER_ID_TO_NAME_OP 0x105
#define L4_DEBUGGER_IMAGE_INFO_OP 0x107
#define L4_DEBUGGER_NAME_GET_OP   0x108

// ---- any object of a user program (L4_PROTO_META) ----
#define L4_META_NUM_INTERFACES_OP 0
#define L4_META_INTERFACE_OP      1
#define L4_META_SUPPORTS_OP       2
