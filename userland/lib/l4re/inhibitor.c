// SPDX-License-Identifier: MIT
#include <l4/re/c/inhibitor.h>
#include <l4/re/protocols.h>

#include "wire.h"

l4_ret_t l4re_inhibitor_acquire(l4_cap_idx_t cap, l4_umword_t id, char const *reason)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_INHIBITOR_OP_ACQUIRE;
    u->msg.mr[1] = id;
    unsigned words = wire_put_string(u, 2, reason);
    return words ? l4_error_u(wire_call(cap, L4RE_PROTO_INHIBITOR, words, u), u) : -L4_EMSGTOOLONG;
}

l4_ret_t l4re_inhibitor_release(l4_cap_idx_t cap, l4_umword_t id)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_INHIBITOR_OP_RELEASE;
    u->msg.mr[1] = id;
    return l4_error_u(wire_call(cap, L4RE_PROTO_INHIBITOR, 2, u), u);
}

l4_ret_t l4re_inhibitor_next_lock_info(l4_cap_idx_t cap, char *name, unsigned len, l4_mword_t current_id)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_INHIBITOR_OP_NEXT_LOCK_INFO;
    u->msg.mr[1] = (l4_umword_t)current_id;
    l4_msgtag_t t = wire_call(cap, L4RE_PROTO_INHIBITOR, 2, u);
    l4_ret_t e = l4_error_u(t, u);
    if (e < 0)
        return e;
    l4_ret_t id = (l4_ret_t)u->msg.mr[0];
    return wire_get_string(u, 1, l4_msgtag_words(t), name, len) ? id : -L4_EMSGTOOSHORT;
}
