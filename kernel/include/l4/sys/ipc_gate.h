// SPDX-License-Identifier: MIT
// IPC gate, server side (kernel-abi 4.6).
#pragma once

#include <l4/sys/rcv_endpoint.h>

#define L4_IPC_GATE_BIND_OP L4_RCV_EP_BIND_OP

// Bind the gate to `thread`; `label` arrives with its messages, the low two bits are the sender's rights there.
L4_INLINE l4_msgtag_t l4_ipc_gate_bind_thread_u(l4_cap_idx_t gate, l4_cap_idx_t thread, l4_umword_t label, l4_utcb_t *u)
{
    return l4_rcv_ep_bind_thread_u(gate, thread, label, u);
}

L4_INLINE l4_msgtag_t l4_ipc_gate_bind_thread(l4_cap_idx_t gate, l4_cap_idx_t thread, l4_umword_t label)
{
    return l4_rcv_ep_bind_thread(gate, thread, label);
}

L4_INLINE l4_msgtag_t l4_ipc_gate_bind_snd_destination_u(l4_cap_idx_t gate, l4_cap_idx_t snd_dst, l4_umword_t label,
                                                         l4_utcb_t *u)
{
    return l4_rcv_ep_bind_snd_destination_u(gate, snd_dst, label, u);
}

L4_INLINE l4_msgtag_t l4_ipc_gate_bind_snd_destination(l4_cap_idx_t gate, l4_cap_idx_t snd_dst, l4_umword_t label)
{
    return l4_rcv_ep_bind_snd_destination(gate, snd_dst, label);
}

// The gate's label, for who holds the right to serve it.
L4_INLINE l4_msgtag_t l4_ipc_gate_get_infos_u(l4_cap_idx_t gate, l4_umword_t *label, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_IPC_GATE_GET_INFO_OP;
    l4_msgtag_t t = l4_ipc_call(gate, u, l4_msgtag(L4_PROTO_KOBJECT, 1, 0, 0), L4_IPC_NEVER);
    *label = u->msg.mr[0];
    return t;
}

L4_INLINE l4_msgtag_t l4_ipc_gate_get_infos(l4_cap_idx_t gate, l4_umword_t *label)
{
    return l4_ipc_gate_get_infos_u(gate, label, l4_utcb());
}
