// SPDX-License-Identifier: MIT
// IRQ objects (kernel-abi 4.7).
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/rcv_endpoint.h>

// Send-only.
L4_INLINE l4_msgtag_t l4_irq_trigger(l4_cap_idx_t irq)
{
    return l4_ipc_send(irq, l4_utcb(), l4_msgtag(L4_PROTO_IRQ, 0, 0, 0), L4_IPC_BOTH_TIMEOUT_0);
}

// End of interrupt: unmask. Send-only.
L4_INLINE l4_msgtag_t l4_irq_unmask(l4_cap_idx_t irq)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_IRQ_EOI_OP;
    return l4_ipc_send(irq, u, l4_msgtag(L4_PROTO_IRQ, 1, 0, 0), L4_IPC_NEVER);
}

// Wait for this IRQ only (its message must be bound to the calling thread), unmasking it first.
L4_INLINE l4_msgtag_t l4_irq_receive(l4_cap_idx_t irq, l4_timeout_t to)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_IRQ_EOI_OP;
    return l4_ipc_call(irq, u, l4_msgtag(L4_PROTO_IRQ, 1, 0, 0), to);
}

// Unmask the IRQ and wait for any message.
L4_INLINE l4_msgtag_t l4_irq_wait(l4_cap_idx_t irq, l4_umword_t *label, l4_timeout_t to)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_IRQ_EOI_OP;
    return l4_ipc_send_and_wait(irq, u, l4_msgtag(L4_PROTO_IRQ, 1, 0, 0), label, to);
}

// Label of the result: 0 inactive, 1 was pending, 2 abandoned (active in a guest).
L4_INLINE l4_msgtag_t l4_irq_detach(l4_cap_idx_t irq)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_IRQ_SENDER_DETACH_OP;
    return l4_ipc_call(irq, u, l4_msgtag(L4_PROTO_IRQ_SENDER, 1, 0, 0), L4_IPC_NEVER);
}

// Deliver the interrupt to the vCPU thread directly. cfg: bits 0..19 INTID, 23 group 1, 24..31
// priority.
L4_INLINE l4_msgtag_t l4_irq_bind_vcpu(l4_cap_idx_t irq, l4_cap_idx_t thread, l4_umword_t cfg)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_IRQ_SENDER_BIND_VCPU_OP;
    u->msg.mr[1] = cfg;
    return l4_ipc_call(irq, u,
                       l4_ipc_obj_request_u(L4_PROTO_IRQ_SENDER, 2, thread, L4_CAP_FPAGE_RWS, u),
                       L4_IPC_NEVER);
}
