// SPDX-License-Identifier: MIT
// Protocols, the labels of messages, and what the messages hold that the kernel itself sends (kernel-abi 4).
#pragma once

#include <l4/sys/abi/number.h>

#define L4_PROTO_NONE          L4_SL(0)
#define L4_PROTO_ALLOW_SYSCALL L4_SL(1)
#define L4_PROTO_PF_EXCEPTION  L4_SL(1)
#define L4_PROTO_IRQ           (-L4_SL(1))
#define L4_PROTO_PAGE_FAULT    (-L4_SL(2))
#define L4_PROTO_EXCEPTION     (-L4_SL(5))
#define L4_PROTO_SIGMA0        (-L4_SL(6))
#define L4_PROTO_IO_PAGE_FAULT (-L4_SL(8))
#define L4_PROTO_THREAD_GROUP  (-L4_SL(9))
#define L4_PROTO_KOBJECT       (-L4_SL(10))
#define L4_PROTO_TASK          (-L4_SL(11))
#define L4_PROTO_THREAD        (-L4_SL(12))
#define L4_PROTO_LOG           (-L4_SL(13))
#define L4_PROTO_SCHEDULER     (-L4_SL(14))
#define L4_PROTO_FACTORY       (-L4_SL(15))
#define L4_PROTO_VM            (-L4_SL(16))
#define L4_PROTO_DMA_SPACE     (-L4_SL(17))
#define L4_PROTO_IRQ_SENDER    (-L4_SL(18))
#define L4_PROTO_SEMAPHORE     (-L4_SL(20))
#define L4_PROTO_META          (-L4_SL(21))
#define L4_PROTO_IOMMU         (-L4_SL(22))
#define L4_PROTO_DEBUGGER      (-L4_SL(23))
#define L4_PROTO_SMCCC         (-L4_SL(24))
#define L4_PROTO_VCPU_CONTEXT  (-L4_SL(25))
#define L4_PROTO_MEM_ALLOC     L4_SL(0x400b) // what memory a factory has, the kernel's or another

// ---- page fault: MR0 = address with these in its low bits, MR1 = pc (kernel-abi 4.16) ----
#define L4_PF_ABSENT     L4_UL(1)
#define L4_PF_WRITE      L4_UL(2)
#define L4_PF_INSN       L4_UL(4)
#define L4_PF_FLAGS_MASK L4_UL(7)

// ---- exception: the frame (abi/utcb.h). Its syndrome is that of the hardware, or has one of these classes
// (kernel-abi 4.17) ----
#define L4_ESR_EC_SHIFT   26
#define L4_EC_PREEMPTION  L4_U(0x3b) // Ashlar's
#define L4_EC_VIRTUAL_PPI L4_U(0x3d)
#define L4_EC_EX_REGS     L4_U(0x3e)
#define L4_EC_IPC_UPCALL  L4_U(0x3f)
#define L4_ESR_AFTER_CALL (L4_U(1) << 16) // alien: after its system call
