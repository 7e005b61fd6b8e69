// SPDX-License-Identifier: MIT
// Receive endpoints: binding a gate or an IRQ object to a thread (kernel-abi 4.6, 4.7).
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>

// Bind `ep` to `thread`; messages arrive with `label` (low two bits 0 for a gate).
L4_INLINE l4_msgtag_t l4_rcv_ep_bind_thread(l4_cap_idx_t ep, l4_cap_idx_t thread, l4_umword_t label)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_RCV_EP_BIND_OP;
    u->msg.mr[1] = label;
    return l4_ipc_call(ep, u,
                       l4_ipc_obj_request_u(L4_PROTO_KOBJECT, 2, thread, L4_CAP_FPAGE_RWS, u),
                       L4_IPC_NEVER);
}

// Lower the reference count of the object by `diff`, so that the own slot does not keep it alive.
L4_INLINE l4_msgtag_t l4_kobject_dec_refcnt(l4_cap_idx_t obj, l4_umword_t diff)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_KOBJECT_DEC_REFCNT_OP;
    u->msg.mr[1] = diff;
    return l4_ipc_call(obj, u, l4_msgtag(L4_PROTO_KOBJECT, 2, 0, 0), L4_IPC_NEVER);
}
