// SPDX-License-Identifier: MIT
// Namespace client (l4re-protocols 5).
#pragma once

#include <l4/sys/err.h>
#include <l4/sys/types.h>
#include <l4/re/protocols.h>

L4_BEGIN_DECLS

typedef l4_cap_idx_t l4re_namespace_t;

enum l4re_ns_register_flags {
    L4RE_NS_REGISTER_RO = L4_CAP_FPAGE_RO,
    L4RE_NS_REGISTER_RW = L4_CAP_FPAGE_RW,
    L4RE_NS_REGISTER_RS = L4_CAP_FPAGE_RS,
    L4RE_NS_REGISTER_RWS = L4_CAP_FPAGE_RWS,
    L4RE_NS_REGISTER_S = L4_CAP_FPAGE_S,
    L4RE_NS_REGISTER_OVERWRITE = 0x200,
};

#define L4RE_NS_TO_NEVER   (~0u)
#define L4RE_NS_TO_DEFAULT 3600000u // an hour

// Look a name up (path of several namespaces allowed) and receive the object in the free slot
// `cap`. A name that is promised but not there yet, or whose object is gone, is tried again for `timeout_ms`, or
// L4RE_NS_TO_DEFAULT. 0 or a negative error code.
long l4re_ns_query_to_srv(l4re_namespace_t srv, char const *name, l4_cap_idx_t cap,
                          unsigned timeout_ms);
long l4re_ns_query_srv(l4re_namespace_t srv, char const *name, l4_cap_idx_t cap);

// Register `obj` (L4_INVALID_CAP: promise the name) with flags of enum l4re_ns_register_flags.
long l4re_ns_register_obj_srv(l4re_namespace_t srv, char const *name, l4_cap_idx_t obj,
                              unsigned flags);
long l4re_ns_unlink_srv(l4re_namespace_t srv, char const *name);

#define l4re_ns_query    l4re_ns_query_srv
#define l4re_ns_register l4re_ns_register_obj_srv

L4_END_DECLS
