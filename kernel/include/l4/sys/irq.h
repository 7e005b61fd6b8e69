// SPDX-License-Identifier: MIT
// IRQ objects (kernel-abi 4.7).
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/rcv_endpoint.h>

enum L4_irq_sender_op {
    L4_IRQ_SENDER_OP_DETACH = L4_IRQ_SENDER_DETACH_OP,
    L4_IRQ_SENDER_OP_BIND_VCPU = L4_IRQ_SENDER_BIND_VCPU_OP,
};

enum L4_irq_op { L4_IRQ_OP_TRIGGER = L4_IRQ_TRIGGER_OP, L4_IRQ_OP_EOI = L4_IRQ_EOI_OP };

// Send-only.
L4_INLINE l4_msgtag_t l4_irq_trigger_u(l4_cap_idx_t irq, l4_utcb_t *u)
{
    return l4_ipc_send(irq, u, l4_msgtag(L4_PROTO_IRQ, 0, 0, 0), L4_IPC_BOTH_TIMEOUT_0);
}

L4_INLINE l4_msgtag_t l4_irq_trigger(l4_cap_idx_t irq)
{
    return l4_irq_trigger_u(irq, l4_utcb());
}

// End of interrupt: unmask. Send-only.
L4_INLINE l4_msgtag_t l4_irq_unmask_u(l4_cap_idx_t irq, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_IRQ_EOI_OP;
    return l4_ipc_send(irq, u, l4_msgtag(L4_PROTO_IRQ, 1, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_irq_unmask(l4_cap_idx_t irq)
{
    return l4_irq_unmask_u(irq, l4_utcb());
}

// Wait for this IRQ only (its message must be bound to the calling thread), unmasking it first.
L4_INLINE l4_msgtag_t l4_irq_receive_u(l4_cap_idx_t irq, l4_timeout_t to, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_IRQ_EOI_OP;
    return l4_ipc_call(irq, u, l4_msgtag(L4_PROTO_IRQ, 1, 0, 0), to);
}

L4_INLINE l4_msgtag_t l4_irq_receive(l4_cap_idx_t irq, l4_timeout_t to)
{
    return l4_irq_receive_u(irq, to, l4_utcb());
}

// Unmask the IRQ and wait for any message.
L4_INLINE l4_msgtag_t l4_irq_wait_u(l4_cap_idx_t irq, l4_umword_t *label, l4_timeout_t to, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_IRQ_EOI_OP;
    return l4_ipc_send_and_wait(irq, u, l4_msgtag(L4_PROTO_IRQ, 1, 0, 0), label, to);
}

L4_INLINE l4_msgtag_t l4_irq_wait(l4_cap_idx_t irq, l4_umword_t *label, l4_timeout_t to)
{
    return l4_irq_wait_u(irq, label, to, l4_utcb());
}

// Label of the result: 0 inactive, 1 was pending, 2 abandoned (active in a guest).
L4_INLINE l4_msgtag_t l4_irq_detach_u(l4_cap_idx_t irq, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_IRQ_SENDER_DETACH_OP;
    return l4_ipc_call(irq, u, l4_msgtag(L4_PROTO_IRQ_SENDER, 1, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_irq_detach(l4_cap_idx_t irq)
{
    return l4_irq_detach_u(irq, l4_utcb());
}

// Deliver the interrupt to the vCPU thread directly. cfg: bits 0..19 INTID, 23 group 1, 24..31
// priority.
L4_INLINE l4_msgtag_t l4_irq_bind_vcpu_u(l4_cap_idx_t irq, l4_cap_idx_t thread, l4_umword_t cfg, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_IRQ_SENDER_BIND_VCPU_OP;
    u->msg.mr[1] = cfg;
    return l4_ipc_call(irq, u, l4_ipc_obj_request_u(L4_PROTO_IRQ_SENDER, 2, thread, L4_CAP_FPAGE_RWS, u),
                       L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_irq_bind_vcpu(l4_cap_idx_t irq, l4_cap_idx_t thread, l4_umword_t cfg)
{
    return l4_irq_bind_vcpu_u(irq, thread, cfg, l4_utcb());
}
