// SPDX-License-Identifier: MIT
// Thread (kernel-abi 4.4). Operations on the calling thread may use L4_INVALID_CAP.
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>
#include <l4/sys/vcpu.h>

// ---- control: start, add what to set, commit ----
L4_INLINE void l4_thread_control_start_u(l4_utcb_t *u)
{
    l4_msg_regs_t *m = l4_utcb_mr_u(u);
    for (unsigned i = 0; i < L4_THREAD_CONTROL_WORDS; i++)
        m->mr[i] = 0;
}

L4_INLINE void l4_thread_control_start(void)
{
    l4_thread_control_start_u(l4_utcb());
}

// The selector of the pager, an index in the thread's own task.
L4_INLINE void l4_thread_control_pager_u(l4_cap_idx_t pager, l4_utcb_t *u)
{
    l4_msg_regs_t *m = l4_utcb_mr_u(u);
    m->mr[L4_THREAD_CONTROL_MR_IDX_FLAGS] |= L4_THREAD_CONTROL_SET_PAGER;
    m->mr[L4_THREAD_CONTROL_MR_IDX_PAGER] = pager;
}

L4_INLINE void l4_thread_control_pager(l4_cap_idx_t pager)
{
    l4_thread_control_pager_u(pager, l4_utcb());
}

L4_INLINE void l4_thread_control_exc_handler_u(l4_cap_idx_t exc_handler, l4_utcb_t *u)
{
    l4_msg_regs_t *m = l4_utcb_mr_u(u);
    m->mr[L4_THREAD_CONTROL_MR_IDX_FLAGS] |= L4_THREAD_CONTROL_SET_EXC_HANDLER;
    m->mr[L4_THREAD_CONTROL_MR_IDX_EXC_HANDLER] = exc_handler;
}

L4_INLINE void l4_thread_control_exc_handler(l4_cap_idx_t exc_handler)
{
    l4_thread_control_exc_handler_u(exc_handler, l4_utcb());
}

// `utcb` lies in kernel-user memory of `task`.
L4_INLINE void l4_thread_control_bind_u(l4_utcb_t *utcb, l4_cap_idx_t task, l4_utcb_t *u)
{
    l4_msg_regs_t *m = l4_utcb_mr_u(u);
    m->mr[L4_THREAD_CONTROL_MR_IDX_FLAGS] |= L4_THREAD_CONTROL_BIND_TASK;
    m->mr[L4_THREAD_CONTROL_MR_IDX_BIND_UTCB] = (l4_addr_t)utcb;
    m->mr[L4_THREAD_CONTROL_MR_IDX_BIND_TASK] = L4_ITEM_MAP;
    m->mr[L4_THREAD_CONTROL_MR_IDX_BIND_TASK + 1] = l4_obj_fpage(task, 0, L4_CAP_FPAGE_RWS).raw;
}

L4_INLINE void l4_thread_control_bind(l4_utcb_t *utcb, l4_cap_idx_t task)
{
    l4_thread_control_bind_u(utcb, task, l4_utcb());
}

// On: system calls and faults of the thread come to its exception handler first.
L4_INLINE void l4_thread_control_alien_u(l4_utcb_t *u, int on)
{
    l4_msg_regs_t *m = l4_utcb_mr_u(u);
    m->mr[L4_THREAD_CONTROL_MR_IDX_FLAGS] |= L4_THREAD_CONTROL_ALIEN;
    if (on)
        m->mr[L4_THREAD_CONTROL_MR_IDX_FLAG_VALS] |= L4_THREAD_CONTROL_ALIEN;
    else
        m->mr[L4_THREAD_CONTROL_MR_IDX_FLAG_VALS] &= ~(l4_umword_t)L4_THREAD_CONTROL_ALIEN;
}

L4_INLINE void l4_thread_control_alien(int on)
{
    l4_thread_control_alien_u(l4_utcb(), on);
}

L4_INLINE l4_msgtag_t l4_thread_control_commit_u(l4_cap_idx_t thread, l4_utcb_t *u)
{
    unsigned items = (u->msg.mr[0] & L4_THREAD_CONTROL_BIND_TASK) ? 1 : 0;
    return l4_ipc_call(thread, u, l4_msgtag(L4_PROTO_THREAD, L4_THREAD_CONTROL_WORDS, items, 0),
                       L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_thread_control_commit(l4_cap_idx_t thread)
{
    return l4_thread_control_commit_u(thread, l4_utcb());
}

// ---- registers ----
// Set ip and sp (~0 keeps); the old values come back through the pointers.
L4_INLINE l4_msgtag_t l4_thread_ex_regs_ret_u(l4_cap_idx_t thread, l4_addr_t *ip, l4_addr_t *sp, l4_umword_t *flags,
                                              l4_utcb_t *u)
{
    u->msg.mr[0] = L4_THREAD_EX_REGS_OP | *flags;
    u->msg.mr[1] = *ip;
    u->msg.mr[2] = *sp;
    l4_msgtag_t t = l4_ipc_call(thread, u, l4_msgtag(L4_PROTO_THREAD, 3, 0, 0), L4_IPC_NEVER);
    if (!l4_msgtag_has_error(t)) {
        *flags = u->msg.mr[0];
        *ip = u->msg.mr[1];
        *sp = u->msg.mr[2];
    }
    return t;
}

L4_INLINE l4_msgtag_t l4_thread_ex_regs_ret(l4_cap_idx_t thread, l4_addr_t *ip, l4_addr_t *sp, l4_umword_t *flags)
{
    return l4_thread_ex_regs_ret_u(thread, ip, sp, flags, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_thread_ex_regs_u(l4_cap_idx_t thread, l4_addr_t ip, l4_addr_t sp, l4_umword_t flags,
                                          l4_utcb_t *u)
{
    return l4_thread_ex_regs_ret_u(thread, &ip, &sp, &flags, u);
}

L4_INLINE l4_msgtag_t l4_thread_ex_regs(l4_cap_idx_t thread, l4_addr_t ip, l4_addr_t sp, l4_umword_t flags)
{
    return l4_thread_ex_regs_u(thread, ip, sp, flags, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_thread_switch_u(l4_cap_idx_t to_thread, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_THREAD_SWITCH_OP;
    return l4_ipc_call(to_thread, u, l4_msgtag(L4_PROTO_THREAD, 1, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_thread_switch(l4_cap_idx_t to_thread)
{
    return l4_thread_switch_u(to_thread, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_thread_yield(void)
{
    return l4_ipc_sleep(L4_IPC_BOTH_TIMEOUT_0);
}

// CPU time the thread used, in microseconds.
L4_INLINE l4_msgtag_t l4_thread_stats_time_u(l4_cap_idx_t thread, l4_kernel_clock_t *us, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_THREAD_STATS_OP;
    l4_msgtag_t t = l4_ipc_call(thread, u, l4_msgtag(L4_PROTO_THREAD, 1, 0, 0), L4_IPC_NEVER);
    *us = u->msg.mr[0];
    return t;
}

L4_INLINE l4_msgtag_t l4_thread_stats_time(l4_cap_idx_t thread, l4_kernel_clock_t *us)
{
    return l4_thread_stats_time_u(thread, us, l4_utcb());
}

// ---- notification of deleted gates, queued senders ----
L4_INLINE l4_msgtag_t l4_thread_register_del_irq_u(l4_cap_idx_t thread, l4_cap_idx_t irq, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_THREAD_REGISTER_DELETE_IRQ_OP;
    return l4_ipc_call(thread, u,
                       l4_ipc_obj_request_u(L4_PROTO_THREAD, 1, irq, L4_CAP_FPAGE_RWS, u),
                       L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_thread_register_del_irq(l4_cap_idx_t thread, l4_cap_idx_t irq)
{
    return l4_thread_register_del_irq_u(thread, irq, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_thread_register_doorbell_irq_u(l4_cap_idx_t thread, l4_cap_idx_t irq, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_THREAD_REGISTER_DOORBELL_IRQ_OP;
    return l4_ipc_call(thread, u,
                       l4_ipc_obj_request_u(L4_PROTO_THREAD, 1, irq, L4_CAP_FPAGE_RWS, u),
                       L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_thread_register_doorbell_irq(l4_cap_idx_t thread, l4_cap_idx_t irq)
{
    return l4_thread_register_doorbell_irq_u(thread, irq, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_thread_modify_sender_start_u(l4_utcb_t *u)
{
    l4_utcb_mr_u(u)->mr[0] = L4_THREAD_MODIFY_SENDER_OP;
    return l4_msgtag(L4_PROTO_THREAD, 1, 0, 0);
}

L4_INLINE l4_msgtag_t l4_thread_modify_sender_start(void)
{
    return l4_thread_modify_sender_start_u(l4_utcb());
}

// Queued senders whose (label & match_mask) == match get label = (label & ~del_bits) | add_bits.
L4_INLINE int l4_thread_modify_sender_add_u(l4_umword_t match_mask, l4_umword_t match, l4_umword_t del_bits,
                                            l4_umword_t add_bits, l4_msgtag_t *tag, l4_utcb_t *u)
{
    l4_msg_regs_t *m = l4_utcb_mr_u(u);
    unsigned w = l4_msgtag_words(*tag);
    if (w + 4 > L4_UTCB_GENERIC_DATA_SIZE)
        return -L4_ENOMEM;
    m->mr[w] = match_mask;
    m->mr[w + 1] = match;
    m->mr[w + 2] = del_bits;
    m->mr[w + 3] = add_bits;
    tag->raw += 4;
    return 0;
}

L4_INLINE int l4_thread_modify_sender_add(l4_umword_t match_mask, l4_umword_t match, l4_umword_t del_bits,
                                          l4_umword_t add_bits, l4_msgtag_t *tag)
{
    return l4_thread_modify_sender_add_u(match_mask, match, del_bits, add_bits, tag, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_thread_modify_sender_commit_u(l4_cap_idx_t thread, l4_msgtag_t tag, l4_utcb_t *u)
{
    return l4_ipc_call(thread, u, tag, L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_thread_modify_sender_commit(l4_cap_idx_t thread, l4_msgtag_t tag)
{
    return l4_thread_modify_sender_commit_u(thread, tag, l4_utcb());
}

// ---- vCPU ----
L4_INLINE l4_msgtag_t l4_thread_vcpu_control_op_u(l4_cap_idx_t thread, l4_addr_t area, l4_umword_t flags,
                                                  l4_utcb_t *u)
{
    u->msg.mr[0] = L4_THREAD_VCPU_CONTROL_OP | flags;
    u->msg.mr[1] = area;
    return l4_ipc_call(thread, u, l4_msgtag(L4_PROTO_THREAD, 2, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_thread_vcpu_control_op(l4_cap_idx_t thread, l4_addr_t area, l4_umword_t flags)
{
    return l4_thread_vcpu_control_op_u(thread, area, flags, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_thread_vcpu_control_u(l4_cap_idx_t thread, l4_addr_t vcpu_state, l4_utcb_t *u)
{
    return l4_thread_vcpu_control_op_u(thread, vcpu_state, 0, u);
}

L4_INLINE l4_msgtag_t l4_thread_vcpu_control(l4_cap_idx_t thread, l4_addr_t vcpu_state)
{
    return l4_thread_vcpu_control_u(thread, vcpu_state, l4_utcb());
}

// Extended mode; on the thread's own CPU only.
L4_INLINE l4_msgtag_t l4_thread_vcpu_control_ext_u(l4_cap_idx_t thread, l4_addr_t ext_vcpu_state, l4_utcb_t *u)
{
    return l4_thread_vcpu_control_op_u(thread, ext_vcpu_state, L4_THREAD_VCPU_CONTROL_EXT, u);
}

L4_INLINE l4_msgtag_t l4_thread_vcpu_control_ext(l4_cap_idx_t thread, l4_addr_t ext_vcpu_state)
{
    return l4_thread_vcpu_control_ext_u(thread, ext_vcpu_state, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_thread_vcpu_resume_start_u(l4_utcb_t *u)
{
    l4_utcb_mr_u(u)->mr[0] = L4_THREAD_VCPU_RESUME_OP;
    return l4_msgtag(L4_PROTO_THREAD, 1, 0, 0);
}

L4_INLINE l4_msgtag_t l4_thread_vcpu_resume_start(void)
{
    return l4_thread_vcpu_resume_start_u(l4_utcb());
}

// Returns only on error. The registers loaded come from the vCPU area.
L4_INLINE l4_msgtag_t l4_thread_vcpu_resume_commit_u(l4_cap_idx_t thread, l4_msgtag_t tag, l4_utcb_t *u)
{
    return l4_ipc_call(thread, u, tag, L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_thread_vcpu_resume_commit(l4_cap_idx_t thread, l4_msgtag_t tag)
{
    return l4_thread_vcpu_resume_commit_u(thread, tag, l4_utcb());
}

// ---- registers of the architecture ----
// TPIDRRO_EL0 of a thread; in it l4_utcb() finds the UTCB.
L4_INLINE l4_msgtag_t l4_thread_arm_set_tpidruro_u(l4_cap_idx_t thread, l4_addr_t tpidruro, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_THREAD_ARM_TPIDRURO_OP;
    u->msg.mr[1] = tpidruro;
    return l4_ipc_call(thread, u, l4_msgtag(L4_PROTO_THREAD, 2, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_thread_arm_set_tpidruro(l4_cap_idx_t thread, l4_addr_t tpidruro)
{
    return l4_thread_arm_set_tpidruro_u(thread, tpidruro, l4_utcb());
}

// Read the guest's EL1 registers of the calling vCPU thread (own operation of this kernel).
L4_INLINE long l4_thread_vcpu_el1_read(l4_vcpu_el1_regs_t *regs)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_THREAD_VCPU_EL1_READ;
    l4_msgtag_t t =
        l4_ipc_call(L4_INVALID_CAP, u, l4_msgtag(L4_PROTO_THREAD, 1, 0, 0), L4_IPC_NEVER);
    long e = l4_error_u(t, u);
    if (e < 0)
        return e;
    *regs = *(l4_vcpu_el1_regs_t const *)(void const *)u->msg.mr;
    return 0;
}

// Write the fields whose bit (position in l4_vcpu_el1_regs_t) is set in `mask`.
L4_INLINE long l4_thread_vcpu_el1_write(l4_umword_t mask, l4_vcpu_el1_regs_t const *regs)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_THREAD_VCPU_EL1_WRITE;
    u->msg.mr[1] = mask;
    *(l4_vcpu_el1_regs_t *)(void *)&u->msg.mr[2] = *regs;
    l4_msgtag_t t = l4_ipc_call(
        L4_INVALID_CAP, u, l4_msgtag(L4_PROTO_THREAD, 2 + L4_VCPU_EL1_REGS, 0, 0), L4_IPC_NEVER);
    return l4_error_u(t, u);
}

// Sets the debug registers of the calling vCPU thread's guest (own operation of this kernel). What the CPU does not have, or
// would concern others, is ignored.
L4_INLINE long l4_thread_vcpu_debug_write(l4_vcpu_debug_regs_t const *regs)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_THREAD_VCPU_DEBUG_WRITE;
    *(l4_vcpu_debug_regs_t *)(void *)&u->msg.mr[1] = *regs;
    l4_msgtag_t t = l4_ipc_call(
        L4_INVALID_CAP, u, l4_msgtag(L4_PROTO_THREAD, 1 + L4_VCPU_DEBUG_REGS, 0, 0), L4_IPC_NEVER);
    return l4_error_u(t, u);
}
