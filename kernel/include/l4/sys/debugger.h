// SPDX-License-Identifier: MIT
// Kernel debugger object (kernel-abi 4.14). This kernel has none: every call fails with IPC error 4, and those that return a
// number return -(2000 + 4), or ~0 for an id.
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/ipc.h>

enum L4_debugger_switch_log { L4_DEBUGGER_SWITCH_LOG_OFF = 0, L4_DEBUGGER_SWITCH_LOG_ON = 1 };

#define L4_DEBUGGER_NAME_MAX 32 // bytes of a name in a request, with its NUL

// Ask the debugger about object `obj`: the words of `tag` are in the message registers.
L4_INLINE l4_msgtag_t l4_invoke_debugger(l4_cap_idx_t obj, l4_msgtag_t tag, l4_utcb_t *u)
{
    return l4_ipc_call(L4_BASE_DEBUGGER_CAP, u,
                       l4_ipc_obj_request_u(L4_PROTO_DEBUGGER, l4_msgtag_words(tag), obj, L4_CAP_FPAGE_RO, u),
                       L4_IPC_NEVER);
}

// A request of an operation, a word, and a name of at most `max` - 1 bytes from message register `first` on.
L4_INLINE l4_msgtag_t l4_debugger_request_u(l4_cap_idx_t obj, unsigned first, char const *name, unsigned max,
                                            l4_utcb_t *u)
{
    char *d = (char *)&u->msg.mr[first];
    unsigned n = 0;
    __builtin_memset(d, 0, max);
    while (name && n + 1 < max && name[n]) {
        d[n] = name[n];
        n++;
    }
    return l4_invoke_debugger(obj, l4_msgtag(0, first + l4_bytes_to_mwords(name ? n + 1 : 0), 0, 0), u);
}

// Copy a name of the answer, from message register 0 on, and end it.
L4_INLINE void l4_debugger_answer_u(char *name, unsigned size, l4_utcb_t *u)
{
    unsigned n = 0;
    char const *s = (char const *)u->msg.mr;
    while (n + 1 < size && n < sizeof(u->msg) && s[n]) {
        name[n] = s[n];
        n++;
    }
    if (size)
        name[n] = 0;
}

// Name an object for the debugger, at most 15 bytes of `name`.
L4_INLINE l4_msgtag_t l4_debugger_set_object_name_u(l4_cap_idx_t cap, char const *name, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_DEBUGGER_NAME_SET_OP;
    return l4_debugger_request_u(cap, 1, name, 16, u);
}

L4_INLINE l4_msgtag_t l4_debugger_set_object_name(l4_cap_idx_t cap, char const *name)
{
    return l4_debugger_set_object_name_u(cap, name, l4_utcb());
}

// Number of an object, the same in all tasks; ~0 on error.
L4_INLINE unsigned long l4_debugger_global_id_u(l4_cap_idx_t cap, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_DEBUGGER_GLOBAL_ID_OP;
    return l4_error_u(l4_debugger_request_u(cap, 1, 0, 0, u), u) < 0 ? ~0ul : u->msg.mr[0];
}

L4_INLINE unsigned long l4_debugger_global_id(l4_cap_idx_t cap)
{
    return l4_debugger_global_id_u(cap, l4_utcb());
}

// Number of the object at a kernel address; ~0 on error.
L4_INLINE unsigned long l4_debugger_kobj_to_id_u(l4_cap_idx_t cap, l4_addr_t kobjp, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_DEBUGGER_KOBJ_TO_ID_OP;
    u->msg.mr[1] = kobjp;
    return l4_error_u(l4_debugger_request_u(cap, 2, 0, 0, u), u) < 0 ? ~0ul : u->msg.mr[0];
}

L4_INLINE unsigned long l4_debugger_kobj_to_id(l4_cap_idx_t cap, l4_addr_t kobjp)
{
    return l4_debugger_kobj_to_id_u(cap, kobjp, l4_utcb());
}

// Name of the object with number `id`.
L4_INLINE l4_ret_t l4_debugger_query_object_name_u(l4_cap_idx_t cap, unsigned id, char *name, unsigned size,
                                                   l4_utcb_t *u)
{
    u->msg.mr[0] = L4_DEBUGGER_ID_TO_NAME_OP;
    u->msg.mr[1] = id;
    l4_ret_t e = l4_error_u(l4_debugger_request_u(cap, 2, 0, 0, u), u);
    if (e >= 0)
        l4_debugger_answer_u(name, size, u);
    return e;
}

L4_INLINE l4_ret_t l4_debugger_query_object_name(l4_cap_idx_t cap, unsigned id, char *name, unsigned size)
{
    return l4_debugger_query_object_name_u(cap, id, name, size, l4_utcb());
}

// Name of the object itself.
L4_INLINE l4_ret_t l4_debugger_get_object_name_u(l4_cap_idx_t cap, char *name, unsigned size, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_DEBUGGER_NAME_GET_OP;
    l4_ret_t e = l4_error_u(l4_debugger_request_u(cap, 1, 0, 0, u), u);
    if (e >= 0)
        l4_debugger_answer_u(name, size, u);
    return e;
}

L4_INLINE l4_ret_t l4_debugger_get_object_name(l4_cap_idx_t cap, char *name, unsigned size)
{
    return l4_debugger_get_object_name_u(cap, name, size, l4_utcb());
}

// Switch a kind of the kernel's trace entries.
L4_INLINE l4_msgtag_t l4_debugger_switch_log_u(l4_cap_idx_t cap, char const *name, int on_off, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_DEBUGGER_SWITCH_LOG_OP;
    u->msg.mr[1] = (l4_umword_t)on_off;
    return l4_debugger_request_u(cap, 2, name, L4_DEBUGGER_NAME_MAX, u);
}

L4_INLINE l4_msgtag_t l4_debugger_switch_log(l4_cap_idx_t cap, char const *name, int on_off)
{
    return l4_debugger_switch_log_u(cap, name, on_off, l4_utcb());
}

// Number of a kind of trace entries.
L4_INLINE l4_ret_t l4_debugger_query_log_typeid_u(l4_cap_idx_t cap, char const *name, unsigned idx, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_DEBUGGER_LOG_TYPEID_OP;
    u->msg.mr[1] = idx;
    l4_ret_t e = l4_error_u(l4_debugger_request_u(cap, 2, name, L4_DEBUGGER_NAME_MAX, u), u);
    return e < 0 ? e : (l4_ret_t)u->msg.mr[0];
}

L4_INLINE l4_ret_t l4_debugger_query_log_typeid(l4_cap_idx_t cap, char const *name, unsigned idx)
{
    return l4_debugger_query_log_typeid_u(cap, name, idx, l4_utcb());
}

// Tell the debugger which image a task runs, loaded at `base`.
L4_INLINE l4_msgtag_t l4_debugger_add_image_info_u(l4_cap_idx_t cap, l4_addr_t base, char const *name, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_DEBUGGER_IMAGE_INFO_OP;
    u->msg.mr[1] = base;
    return l4_debugger_request_u(cap, 2, name, L4_DEBUGGER_NAME_MAX, u);
}

L4_INLINE l4_msgtag_t l4_debugger_add_image_info(l4_cap_idx_t cap, l4_addr_t base, char const *name)
{
    return l4_debugger_add_image_info_u(cap, base, name, l4_utcb());
}
