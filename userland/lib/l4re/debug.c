// SPDX-License-Identifier: MIT
#include <l4/re/c/debug.h>
#include <l4/re/protocols.h>

#include "wire.h"

l4_ret_t l4re_debug_obj_debug(l4_cap_idx_t srv, unsigned long function)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = function;
    return l4_error_u(wire_call(srv, L4RE_PROTO_DEBUG, 1, u), u);
}
