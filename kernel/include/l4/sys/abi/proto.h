// SPDX-License-Identifier: MIT
// Protocols, the labels of messages, and what the messages hold that the kernel itself sends (kernel-abi 4).
#pragma once

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

// ---- page fault: MR0 = address with these in its low bits, MR1 = pc (kernel-abi 4.16) ----
#define L4_PF_ABSENT     1ul
#define L4_PF_WRITE      2ul
#define L4_PF_INSN       4ul
#define L4_PF_FLAGS_MASK 7ul

// ---- exception: the frame (abi/utcb.h). Its syndrome is that of the hardware, or has one of these classes
// (kernel-abi 4.17) ----
#define L4_ESR_EC_SHIFT   26
#define L4_EC_VIRTUAL_PPI 0x3du
#define L4_EC_EX_REGS     0x3eu
#define L4_EC_IPC_UPCALL  0x3fu
#define L4_ESR_AFTER_CALL (1u << 16) // alien: after its system call
