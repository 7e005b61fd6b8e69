// SPDX-License-Identifier: MIT
// IPC gate, server side (kernel-abi 4.6).
#pragma once

#include <l4/sys/rcv_endpoint.h>

L4_INLINE l4_msgtag_t l4_ipc_gate_bind_thread(l4_cap_idx_t gate, l4_cap_idx_t thread,
                                              l4_umword_t label)
{
    return l4_rcv_ep_bind_thread(gate, thread, label);
}

L4_INLINE l4_msgtag_t l4_ipc_gate_get_infos(l4_cap_idx_t gate, l4_umword_t *label)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_IPC_GATE_GET_INFO_OP;
    l4_msgtag_t t = l4_ipc_call(gate, u, l4_msgtag(L4_PROTO_KOBJECT, 1, 0, 0), L4_IPC_NEVER);
    *label = u->msg.mr[0];
    return t;
}
