// SPDX-License-Identifier: MIT
// Kernel debugger object (kernel-abi 4.14). It may be absent: every call then fails with IPC
// error 4.
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>

// Name an object for the debugger, at most 15 bytes of `name`.
L4_INLINE l4_msgtag_t l4_debugger_set_object_name(l4_cap_idx_t cap, char const *name)
{
    l4_utcb_t *u = l4_utcb();
    char *d = (char *)&u->msg.mr[1];
    unsigned n = 0;
    u->msg.mr[0] = L4_DEBUGGER_NAME_SET_OP;
    u->msg.mr[1] = u->msg.mr[2] = 0;
    while (n < 15 && name[n]) {
        d[n] = name[n];
        n++;
    }
    return l4_ipc_call(L4_BASE_DEBUGGER_CAP, u,
                       l4_ipc_obj_request_u(L4_PROTO_DEBUGGER, 3, cap, L4_CAP_FPAGE_RO, u),
                       L4_IPC_NEVER);
}
