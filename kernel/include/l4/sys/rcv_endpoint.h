// SPDX-License-Identifier: MIT
// Receive endpoints: binding a gate or an IRQ object to a thread (kernel-abi 4.6, 4.7).
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>
#include <l4/sys/kernel_object.h>

// Bind `ep` to `thread`; messages arrive with `label` (low two bits 0 for a gate).
L4_INLINE l4_msgtag_t l4_rcv_ep_bind_thread_u(l4_cap_idx_t ep, l4_cap_idx_t thread, l4_umword_t label, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_RCV_EP_BIND_OP;
    u->msg.mr[1] = label;
    return l4_ipc_call(ep, u, l4_ipc_obj_request_u(L4_PROTO_KOBJECT, 2, thread, L4_CAP_FPAGE_RWS, u), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_rcv_ep_bind_thread(l4_cap_idx_t ep, l4_cap_idx_t thread, l4_umword_t label)
{
    return l4_rcv_ep_bind_thread_u(ep, thread, label, l4_utcb());
}

// With this kernel every send destination is a thread.
L4_INLINE l4_msgtag_t l4_rcv_ep_bind_snd_destination_u(l4_cap_idx_t ep, l4_cap_idx_t snd_dst, l4_umword_t label,
                                                       l4_utcb_t *u)
{
    return l4_rcv_ep_bind_thread_u(ep, snd_dst, label, u);
}

L4_INLINE l4_msgtag_t l4_rcv_ep_bind_snd_destination(l4_cap_idx_t ep, l4_cap_idx_t snd_dst, l4_umword_t label)
{
    return l4_rcv_ep_bind_snd_destination_u(ep, snd_dst, label, l4_utcb());
}
