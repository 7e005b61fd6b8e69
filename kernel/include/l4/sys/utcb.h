// SPDX-License-Identifier: MIT
// The UTCB and the exception frame (kernel-abi 3.2, 4.17).
#pragma once

#include <l4/sys/types.h>

typedef union l4_msg_regs_t {
    l4_umword_t mr[L4_UTCB_GENERIC_DATA_SIZE];
    l4_uint64_t mr64[L4_UTCB_GENERIC_DATA_SIZE];
} l4_msg_regs_t;

typedef struct l4_buf_regs_t {
    l4_umword_t bdr;
    l4_umword_t br[L4_UTCB_GENERIC_BUFFERS_SIZE];
} l4_buf_regs_t;

typedef struct l4_thread_regs_t {
    l4_umword_t error;
    l4_umword_t free_marker;
    l4_umword_t user[3];
} l4_thread_regs_t;

typedef struct l4_utcb_t {
    l4_msg_regs_t msg;
    l4_umword_t reserved;
    l4_buf_regs_t buf;
    l4_thread_regs_t tcr;
} l4_utcb_t;

// Register frame of exception messages and of the vCPU area.
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
    l4_umword_t tpidruro;
    l4_umword_t tpidrurw;
} l4_exc_regs_t;

#define L4_UTCB_EXCEPTION_REGS_SIZE 40

_Static_assert(sizeof(l4_exc_regs_t) == L4_UTCB_EXCEPTION_REGS_SIZE * sizeof(l4_umword_t), "frame");
#if __SIZEOF_POINTER__ == 8
_Static_assert(sizeof(l4_utcb_t) == L4_UTCB_OFFSET - 0x0, "UTCB size");
_Static_assert(offsetof(l4_utcb_t, buf) == L4_UTCB_BUF_REGS_OFFSET, "UTCB buffers");
_Static_assert(offsetof(l4_utcb_t, tcr) == L4_UTCB_THREAD_REGS_OFFSET, "UTCB thread registers");
#endif

#if defined(__aarch64__)
L4_INLINE l4_utcb_t *l4_utcb(void)
{
    l4_utcb_t *u;
    __asm__("mrs %0, TPIDRRO_EL0" : "=r"(u));
    return u;
}
#else
l4_utcb_t *l4_utcb(void); // unit tests on the host supply one
#endif

L4_INLINE l4_msg_regs_t *l4_utcb_mr_u(l4_utcb_t *u)
{
    return &u->msg;
}

L4_INLINE l4_buf_regs_t *l4_utcb_br_u(l4_utcb_t *u)
{
    return &u->buf;
}

L4_INLINE l4_thread_regs_t *l4_utcb_tcr_u(l4_utcb_t *u)
{
    return &u->tcr;
}

L4_INLINE l4_exc_regs_t *l4_utcb_exc_u(l4_utcb_t *u)
{
    return (l4_exc_regs_t *)(void *)&u->msg;
}

L4_INLINE l4_msg_regs_t *l4_utcb_mr(void)
{
    return l4_utcb_mr_u(l4_utcb());
}

L4_INLINE l4_buf_regs_t *l4_utcb_br(void)
{
    return l4_utcb_br_u(l4_utcb());
}

L4_INLINE l4_thread_regs_t *l4_utcb_tcr(void)
{
    return l4_utcb_tcr_u(l4_utcb());
}

L4_INLINE l4_exc_regs_t *l4_utcb_exc(void)
{
    return l4_utcb_exc_u(l4_utcb());
}

L4_INLINE l4_umword_t l4_utcb_exc_pc(l4_exc_regs_t const *e)
{
    return e->pc;
}

L4_INLINE void l4_utcb_exc_pc_set(l4_exc_regs_t *e, l4_addr_t pc)
{
    e->pc = pc;
}

L4_INLINE l4_umword_t l4_utcb_exc_typeval(l4_exc_regs_t const *e)
{
    return e->err >> 26;
}

L4_INLINE l4_addr_t l4_utcb_exc_pfa(l4_exc_regs_t const *e)
{
    return e->pfa;
}
