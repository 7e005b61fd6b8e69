// SPDX-License-Identifier: MIT
// UTCB, and register frame of exception messages and of the vCPU area (kernel-abi 3.2, 4.17).
#pragma once

#include <l4/sys/abi/types.h>

#define L4_UTCB_GENERIC_DATA_SIZE    63   // message registers
#define L4_UTCB_GENERIC_BUFFERS_SIZE 58   // buffer registers
#define L4_UTCB_MSG_REGS_OFFSET      0x000
#define L4_UTCB_BUF_REGS_OFFSET      0x200
#define L4_UTCB_THREAD_REGS_OFFSET   0x3d8
#define L4_UTCB_OFFSET               1024 // from one UTCB to the next
#define L4_UTCB_EXCEPTION_REGS_SIZE  40   // words of a frame

#ifndef __ASSEMBLER__
typedef union l4_msg_regs_t {
    l4_umword_t mr[L4_UTCB_GENERIC_DATA_SIZE];
    l4_uint64_t mr64[L4_UTCB_GENERIC_DATA_SIZE];
} l4_msg_regs_t;

typedef struct l4_buf_regs_t {
    l4_umword_t bdr;
    l4_umword_t br[L4_UTCB_GENERIC_BUFFERS_SIZE];
} l4_buf_regs_t;

typedef struct l4_thread_regs_t {
    l4_umword_t error;       // L4_IPC_*
    l4_umword_t free_marker; // 0: no thread uses the UTCB
    l4_umword_t user[3];
} l4_thread_regs_t;

typedef struct l4_utcb_t {
    l4_msg_regs_t msg;
    l4_umword_t reserved;
    l4_buf_regs_t buf;
    l4_thread_regs_t tcr;
} l4_utcb_t;

typedef struct l4_exc_regs_t {
    l4_umword_t eret_work;
    l4_umword_t r[31];
    l4_umword_t reserved;
    l4_umword_t err; // as ESR_EL2
    l4_umword_t pfa;
    l4_umword_t sp;
    union {
        l4_umword_t pc;
        l4_umword_t ip;
    };
    union {
        l4_umword_t pstate;
        l4_umword_t flags;
    };
    l4_umword_t tpidruro; // TPIDRRO_EL0
    l4_umword_t tpidrurw; // TPIDR_EL0
} l4_exc_regs_t;

L4_ABI_ASSERT(sizeof(l4_utcb_t) == L4_UTCB_OFFSET, "UTCB");
L4_ABI_ASSERT(offsetof(l4_utcb_t, msg) == L4_UTCB_MSG_REGS_OFFSET, "UTCB");
L4_ABI_ASSERT(offsetof(l4_utcb_t, buf) == L4_UTCB_BUF_REGS_OFFSET, "UTCB");
L4_ABI_ASSERT(offsetof(l4_utcb_t, buf.br) == 0x208, "UTCB");
L4_ABI_ASSERT(offsetof(l4_utcb_t, tcr) == L4_UTCB_THREAD_REGS_OFFSET, "UTCB");
L4_ABI_ASSERT(offsetof(l4_utcb_t, tcr.free_marker) == 0x3e0, "UTCB");
L4_ABI_ASSERT(offsetof(l4_utcb_t, tcr.user) == 0x3e8, "UTCB");
L4_ABI_ASSERT(sizeof(l4_exc_regs_t) == L4_UTCB_EXCEPTION_REGS_SIZE * sizeof(l4_umword_t), "frame");
L4_ABI_ASSERT(offsetof(l4_exc_regs_t, r) == 0x08, "frame");
L4_ABI_ASSERT(offsetof(l4_exc_regs_t, err) == 0x108, "frame");
L4_ABI_ASSERT(offsetof(l4_exc_regs_t, sp) == 0x118, "frame");
L4_ABI_ASSERT(offsetof(l4_exc_regs_t, pc) == 0x120, "frame");
L4_ABI_ASSERT(offsetof(l4_exc_regs_t, pstate) == 0x128, "frame");
L4_ABI_ASSERT(offsetof(l4_exc_regs_t, tpidruro) == 0x130, "frame");
#endif
