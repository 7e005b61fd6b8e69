// SPDX-License-Identifier: MIT
// Meta protocol (l4re-protocols 1): one interface, with the name that C++ programs have for it.
#include "meta.h"

#include <l4/sys/err.h>
#include <string.h>

static l4_msgtag_t put_interface(l4_msg_regs_t *mr)
{
    static char const name[] = "N2L46Sigma0E"; // L4::Sigma0
    unsigned words = (sizeof(name) + sizeof(l4_umword_t) - 1) / sizeof(l4_umword_t);

    mr->mr[0] = (l4_umword_t)L4_PROTO_SIGMA0;
    mr->mr[1] = sizeof(name);
    mr->mr[1 + words] = 0; // what the name leaves of its last word
    memcpy(&mr->mr[2], name, sizeof(name));
    return l4_msgtag(0, 2 + words, 0, 0);
}

l4_msgtag_t meta_answer(l4_utcb_t *u, l4_msgtag_t tag)
{
    unsigned words = l4_msgtag_words(tag);
    l4_msg_regs_t *mr = &u->msg;

    if (words < 1)
        return l4_msgtag(-L4_EMSGTOOSHORT, 0, 0, 0);
    l4_uint32_t op = (l4_uint32_t)mr->mr[0];
    if (op == L4_META_NUM_INTERFACES_OP)
        return l4_msgtag(1, 0, 0, 0);
    if (op != L4_META_INTERFACE_OP && op != L4_META_SUPPORTS_OP)
        return l4_msgtag(-L4_ENOSYS, 0, 0, 0);
    if (words < 2)
        return l4_msgtag(-L4_EMSGTOOSHORT, 0, 0, 0);
    if (op == L4_META_INTERFACE_OP)
        return mr->mr[1] == 0 ? put_interface(mr) : l4_msgtag(-L4_ERANGE, 0, 0, 0);
    long proto = (long)mr->mr[1];
    return l4_msgtag(proto == L4_PROTO_SIGMA0 || proto == L4_PROTO_FACTORY, 0, 0, 0);
}
