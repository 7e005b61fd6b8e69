// SPDX-License-Identifier: MIT
// The UTCB and the exception frame (kernel-abi 3.2, 4.17).
#pragma once

#include <l4/sys/abi/utcb.h>
#include <l4/sys/types.h>

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
    return e->err >> L4_ESR_EC_SHIFT;
}

L4_INLINE l4_addr_t l4_utcb_exc_pfa(l4_exc_regs_t const *e)
{
    return e->pfa;
}
