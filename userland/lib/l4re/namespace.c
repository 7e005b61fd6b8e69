// SPDX-License-Identifier: MIT
#include <l4/re/c/namespace.h>
#include <l4/sys/ipc.h>
#include <string.h>

#define NS_NAME_WORD 2 // names start at byte 16
#define NS_NAME_MAX  ((L4_UTCB_GENERIC_DATA_SIZE - NS_NAME_WORD - 2) * sizeof(l4_umword_t))
#define NS_RETRY_MS  10u  // wait before the second try; twice as long before each further one
#define NS_RETRY_MAX 160u

// Words of a message with the name, whose last word has nothing else. 0: no name, or too long.
static unsigned put_name(l4_utcb_t *u, l4_umword_t op_and_flags, char const *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > NS_NAME_MAX)
        return 0;
    unsigned words = NS_NAME_WORD + (unsigned)((len + 7) / 8);
    u->msg.mr[0] = op_and_flags;
    u->msg.mr[1] = len;
    u->msg.mr[words - 1] = 0;
    memcpy(&u->msg.mr[NS_NAME_WORD], name, len);
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    return words;
}

// One step: query `name` at `srv`. On a partly resolved name *rest = what is left, inside name.
static long ns_query_step(l4_cap_idx_t srv, char const **name, l4_cap_idx_t cap)
{
    l4_utcb_t *u = l4_utcb();
    size_t len = strlen(*name);
    if (len == 0)
        return -L4_ENOENT;
    unsigned words = put_name(u, L4RE_NS_OP_QUERY, *name);
    if (!words)
        return -L4_EINVAL;
    u->buf.br[0] = cap | L4_RCV_ITEM_SINGLE_CAP;
    u->buf.br[1] = 0;
    l4_msgtag_t t = l4_ipc_call(srv, u, l4_msgtag(L4RE_PROTO_NAMESPACE, words, 0, 0), L4_IPC_NEVER);
    long e = l4_error_u(t, u);
    if (e < 0)
        return e;
    if (l4_msgtag_items(t) == 0 ||
        (u->msg.mr[l4_msgtag_words(t)] & L4_RCV_ITEM_RESULT_MASK) != L4_RCV_OBJ_MAPPED)
        return -L4_ENOENT;
    if (e & L4RE_NS_PARTLY_RESOLVED) {
        size_t rest = u->msg.mr[1];
        if (rest == 0 || rest >= len)
            return -L4_EINVAL; // no progress: do not loop on a broken server
        *name += len - rest;
        return 1;
    }
    return 0;
}

static long ns_query_path(l4_cap_idx_t srv, char const *name, l4_cap_idx_t cap)
{
    for (;;) {
        long e = ns_query_step(srv, &name, cap);
        if (e <= 0)
            return e;
        // The received namespace is queried next; the answer overmaps its slot, which the IPC in
        // progress does not mind.
        srv = cap;
    }
}

long l4re_ns_query_to_srv(l4re_namespace_t srv, char const *name, l4_cap_idx_t cap,
                          unsigned timeout_ms)
{
    unsigned left = timeout_ms, wait = NS_RETRY_MS;
    for (;;) {
        long e = ns_query_path(srv, name, cap);
        if (e != -L4_EAGAIN || left == 0)
            return e;
        if (timeout_ms != L4RE_NS_TO_NEVER) {
            wait = wait < left ? wait : left;
            left -= wait;
        }
        l4_sleep(wait);
        wait = 2 * wait < NS_RETRY_MAX ? 2 * wait : NS_RETRY_MAX;
    }
}

long l4re_ns_query_srv(l4re_namespace_t srv, char const *name, l4_cap_idx_t cap)
{
    return l4re_ns_query_to_srv(srv, name, cap, L4RE_NS_TO_DEFAULT);
}

long l4re_ns_register_obj_srv(l4re_namespace_t srv, char const *name, l4_cap_idx_t obj,
                              unsigned flags)
{
    l4_utcb_t *u = l4_utcb();
    unsigned words = put_name(u, L4RE_NS_OP_REGISTER | ((l4_umword_t)flags << 32), name);
    if (!words)
        return -L4_EINVAL;
    l4_msgtag_t t =
        l4_ipc_obj_request_u(L4RE_PROTO_NAMESPACE, words, obj, flags & L4_CAP_FPAGE_RWS, u);
    if (l4_is_invalid_cap(obj))
        u->msg.mr[words] = u->msg.mr[words + 1] = 0;
    return l4_error_u(l4_ipc_call(srv, u, t, L4_IPC_NEVER), u);
}

long l4re_ns_unlink_srv(l4re_namespace_t srv, char const *name)
{
    l4_utcb_t *u = l4_utcb();
    unsigned words = put_name(u, L4RE_NS_OP_UNLINK, name);
    if (!words)
        return -L4_EINVAL;
    return l4_error_u(
        l4_ipc_call(srv, u, l4_msgtag(L4RE_PROTO_NAMESPACE, words, 0, 0), L4_IPC_NEVER), u);
}
