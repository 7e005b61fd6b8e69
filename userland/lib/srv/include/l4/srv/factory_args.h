// SPDX-License-Identifier: MIT
// Arguments of a factory's create request (l4re-protocols 2).
#pragma once

#include <l4/srv/msg.h>

#ifdef __cplusplus
extern "C" {
#endif

enum factory_arg_kind { FACTORY_ARG_NIL, FACTORY_ARG_INT, FACTORY_ARG_STRING, FACTORY_ARG_FPAGE };

struct factory_arg {
    enum factory_arg_kind kind;
    bool is_signed;   // an integer that was sent as signed
    l4_mword_t value; // FACTORY_ARG_INT
    char const *str;  // FACTORY_ARG_STRING: inside the UTCB, not necessarily terminated
    unsigned len;     // length of str without terminator
    l4_fpage_t fpage; // FACTORY_ARG_FPAGE
};

struct factory_args {
    l4_utcb_t *u;
    unsigned pos, end; // words
    int err;           // 0 or -L4_EMSGTOOSHORT, -L4_EINVAL
};

// Begin; returns the wanted object type (MR0). *err of the iterator is set for an empty message.
long factory_args_init(struct factory_args *a, l4_utcb_t *u, l4_msgtag_t tag);

// Next argument. false at the end or on error (a->err).
bool factory_args_next(struct factory_args *a, struct factory_arg *arg);

// Copy a string argument with terminator. Returns false when it does not fit.
bool factory_arg_copy(struct factory_arg const *arg, char *buf, unsigned size);

// Begin a create request as a client: type and then msg_put_factory_*(); label is L4_PROTO_FACTORY.
void msg_put_factory_start(struct msg_out *out, long type);
void msg_put_factory_int(struct msg_out *out, l4_mword_t v);
void msg_put_factory_uint(struct msg_out *out, l4_umword_t v);
void msg_put_factory_str(struct msg_out *out, char const *s);

#ifdef __cplusplus
}
#endif
