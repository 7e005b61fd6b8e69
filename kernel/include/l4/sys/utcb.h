// SPDX-License-Identifier: MIT
// The UTCB and the exception frame (kernel-abi 3.2, 4.17).
#pragma once

#include <l4/sys/abi/utcb.h>
#include <l4/sys/types.h>

#define L4_UTCB_INHERIT_FPU L4_BDR_FPU

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

// The same: here no library call stands between.
L4_INLINE l4_utcb_t *l4_utcb_direct(void)
{
    return l4_utcb();
}

L4_INLINE l4_utcb_t *l4_utcb_wrap(void)
{
    return l4_utcb();
}

// Index of the message register in which 64-bit value number `idx` lies: words have 64 bits.
L4_INLINE unsigned l4_utcb_mr64_idx(unsigned idx)
{
    return idx;
}

// A buffer descriptor register: for each type of item the number of its first buffer register, and flags (L4_BDR_FPU).
L4_INLINE l4_umword_t l4_bdr(l4_umword_t mem, l4_umword_t io, l4_umword_t obj, l4_umword_t flags)
{
    return (mem & L4_BDR_OFFSET_MASK) << L4_BDR_MEM_SHIFT | (io & L4_BDR_OFFSET_MASK) << L4_BDR_IO_SHIFT |
           (obj & L4_BDR_OFFSET_MASK) << L4_BDR_OBJ_SHIFT | flags;
}

// Whether messages that carry the FP registers may set those of the receiver.
L4_INLINE void l4_utcb_inherit_fpu_u(l4_utcb_t *u, int switch_on)
{
    u->buf.bdr = (u->buf.bdr & ~L4_BDR_FPU) | (switch_on ? L4_BDR_FPU : 0);
}

L4_INLINE void l4_utcb_inherit_fpu(int switch_on)
{
    l4_utcb_inherit_fpu_u(l4_utcb(), switch_on);
}

// Absolute timeout: `us` of the KIP clock, kept in buffer register `br` until the IPC.
L4_INLINE l4_timeout_s l4_timeout_abs_u(l4_kernel_clock_t us, int br, l4_utcb_t *u)
{
    u->buf.br[(unsigned)br & L4_TIMEOUT_ABS_BR_MASK] = us;
    return l4_timeout_abs_br((unsigned)br);
}

L4_INLINE l4_timeout_s l4_timeout_abs(l4_kernel_clock_t us, int br)
{
    return l4_timeout_abs_u(us, br, l4_utcb());
}

// When the timeout is over: `cur` is the KIP clock's present time.
L4_INLINE l4_kernel_clock_t l4_timeout_get(l4_kernel_clock_t cur, l4_timeout_s to)
{
    if (l4_timeout_is_absolute(to))
        return l4_utcb()->buf.br[to.t & L4_TIMEOUT_ABS_BR_MASK];
    l4_kernel_clock_t us = l4_timeout_rel_get(to);
    return us == L4_TIMEOUT_US_NEVER ? us : cur + us;
}

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

// An instruction or data abort of a lower exception level (class 0x20, 0x24): a page fault that came as an exception.
L4_INLINE int l4_utcb_exc_is_pf(l4_exc_regs_t const *e)
{
    return (l4_utcb_exc_typeval(e) & ~L4_UL(4)) == 0x20;
}

// Asked for by ex_regs with L4_THREAD_EX_REGS_TRIGGER_EXCEPTION.
L4_INLINE int l4_utcb_exc_is_ex_regs_exception(l4_exc_regs_t const *e)
{
    return l4_utcb_exc_typeval(e) == L4_EC_EX_REGS;
}
