// SPDX-License-Identifier: MIT
// Meta protocol of user-level objects (kernel-abi 4.15).
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>

L4_INLINE l4_msgtag_t l4_meta_num_interfaces(l4_cap_idx_t obj)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_META_NUM_INTERFACES_OP;
    return l4_ipc_call(obj, u, l4_msgtag(L4_PROTO_META, 1, 0, 0), L4_IPC_NEVER);
}

// Label of the result: 1 if the object speaks `protocol`, 0 if not.
L4_INLINE l4_msgtag_t l4_meta_supports(l4_cap_idx_t obj, long protocol)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4_META_SUPPORTS_OP;
    u->msg.mr[1] = (l4_umword_t)protocol;
    return l4_ipc_call(obj, u, l4_msgtag(L4_PROTO_META, 2, 0, 0), L4_IPC_NEVER);
}
