// SPDX-License-Identifier: MIT
// What all kernel objects have in common.
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>

#define L4_KOBJECT_OP_DEC_REFCNT L4_KOBJECT_DEC_REFCNT_OP

// Lower the reference count of the object by `diff`, so that the own slot does not keep it alive.
L4_INLINE l4_msgtag_t l4_kobject_dec_refcnt_u(l4_cap_idx_t obj, l4_mword_t diff, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_KOBJECT_DEC_REFCNT_OP;
    u->msg.mr[1] = (l4_umword_t)diff;
    return l4_ipc_call(obj, u, l4_msgtag(L4_PROTO_KOBJECT, 2, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_kobject_dec_refcnt(l4_cap_idx_t obj, l4_mword_t diff)
{
    return l4_kobject_dec_refcnt_u(obj, diff, l4_utcb());
}
