// SPDX-License-Identifier: MIT
// Factory: creation of kernel objects and of server objects (kernel-abi 4.2, protocols 2).
#pragma once

#include <l4/sys/ipc.h>

// Begin a create request for an object of type `protocol`, to be received in slot `target`.
L4_INLINE l4_msgtag_t l4_factory_create_start_u(long protocol, l4_cap_idx_t target, l4_utcb_t *u)
{
    u->msg.mr[0] = (l4_umword_t)protocol;
    u->buf.bdr = 0;
    u->buf.br[0] = (target & L4_CAP_INDEX_MASK) | L4_RCV_ITEM_SINGLE_CAP;
    u->buf.br[1] = 0;
    return l4_msgtag(L4_PROTO_FACTORY, 1, 0, 0);
}

// Append an argument of one word. 1 on success, 0 when the message is full.
L4_INLINE int l4_factory_create_add_word_u(unsigned type, l4_umword_t v, l4_msgtag_t *tag,
                                           l4_utcb_t *u)
{
    unsigned w = l4_msgtag_words(*tag);
    if (w + 2 > L4_UTCB_GENERIC_DATA_SIZE)
        return 0;
    u->msg.mr[w] = type | (sizeof(l4_umword_t) << L4_VARG_SIZE_SHIFT);
    u->msg.mr[w + 1] = v;
    tag->raw += 2;
    return 1;
}

L4_INLINE int l4_factory_create_add_uint_u(l4_umword_t v, l4_msgtag_t *tag, l4_utcb_t *u)
{
    return l4_factory_create_add_word_u(L4_VARG_TYPE_UMWORD, v, tag, u);
}

L4_INLINE int l4_factory_create_add_int_u(l4_mword_t v, l4_msgtag_t *tag, l4_utcb_t *u)
{
    return l4_factory_create_add_word_u(L4_VARG_TYPE_MWORD, (l4_umword_t)v, tag, u);
}

L4_INLINE int l4_factory_create_add_fpage_u(l4_fpage_t f, l4_msgtag_t *tag, l4_utcb_t *u)
{
    return l4_factory_create_add_word_u(L4_VARG_TYPE_FPAGE, f.raw, tag, u);
}

// Append a string of `len` bytes (the terminating NUL counts and is added).
L4_INLINE int l4_factory_create_add_lstr_u(char const *s, unsigned len, l4_msgtag_t *tag,
                                           l4_utcb_t *u)
{
    unsigned w = l4_msgtag_words(*tag);
    unsigned bytes = len + 1;
    unsigned words = (bytes + 7) / 8;
    if (w + 1 + words > L4_UTCB_GENERIC_DATA_SIZE || len > sizeof(u->msg))
        return 0;
    u->msg.mr[w] = L4_VARG_TYPE_STRING | ((l4_umword_t)bytes << L4_VARG_SIZE_SHIFT);
    char *d = (char *)&u->msg.mr[w + 1];
    u->msg.mr[w + words] = 0;
    for (unsigned i = 0; i < len; i++)
        d[i] = s[i];
    d[len] = 0;
    tag->raw += 1 + words;
    return 1;
}

L4_INLINE int l4_factory_create_add_str_u(char const *s, l4_msgtag_t *tag, l4_utcb_t *u)
{
    unsigned len = 0;
    while (s[len])
        len++;
    return l4_factory_create_add_lstr_u(s, len, tag, u);
}

L4_INLINE int l4_factory_create_add_nil_u(l4_msgtag_t *tag, l4_utcb_t *u)
{
    unsigned w = l4_msgtag_words(*tag);
    if (w + 1 > L4_UTCB_GENERIC_DATA_SIZE)
        return 0;
    u->msg.mr[w] = L4_VARG_TYPE_NIL;
    tag->raw += 1;
    return 1;
}

L4_INLINE l4_msgtag_t l4_factory_create_commit_u(l4_cap_idx_t factory, l4_msgtag_t tag,
                                                 l4_utcb_t *u)
{
    return l4_ipc_call(factory, u, tag, L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_factory_create_start(long protocol, l4_cap_idx_t target)
{
    return l4_factory_create_start_u(protocol, target, l4_utcb());
}

L4_INLINE int l4_factory_create_add_uint(l4_umword_t v, l4_msgtag_t *tag)
{
    return l4_factory_create_add_uint_u(v, tag, l4_utcb());
}

L4_INLINE int l4_factory_create_add_int(l4_mword_t v, l4_msgtag_t *tag)
{
    return l4_factory_create_add_int_u(v, tag, l4_utcb());
}

L4_INLINE int l4_factory_create_add_str(char const *s, l4_msgtag_t *tag)
{
    return l4_factory_create_add_str_u(s, tag, l4_utcb());
}

L4_INLINE int l4_factory_create_add_lstr(char const *s, unsigned len, l4_msgtag_t *tag)
{
    return l4_factory_create_add_lstr_u(s, len, tag, l4_utcb());
}

L4_INLINE int l4_factory_create_add_nil(l4_msgtag_t *tag)
{
    return l4_factory_create_add_nil_u(tag, l4_utcb());
}

L4_INLINE int l4_factory_create_add_fpage(l4_fpage_t f, l4_msgtag_t *tag)
{
    return l4_factory_create_add_fpage_u(f, tag, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_factory_create_commit(l4_cap_idx_t factory, l4_msgtag_t tag)
{
    return l4_factory_create_commit_u(factory, tag, l4_utcb());
}

// Create an object without arguments.
L4_INLINE l4_msgtag_t l4_factory_create_u(l4_cap_idx_t factory, long protocol, l4_cap_idx_t target, l4_utcb_t *u)
{
    return l4_factory_create_commit_u(factory, l4_factory_create_start_u(protocol, target, u), u);
}

L4_INLINE l4_msgtag_t l4_factory_create(l4_cap_idx_t factory, long protocol, l4_cap_idx_t target)
{
    return l4_factory_create_u(factory, protocol, target, l4_utcb());
}

// Create a task. `*utcb_area` is the wanted UTCB area (may be 0) and becomes the actual one.
L4_INLINE l4_msgtag_t l4_factory_create_task_u(l4_cap_idx_t factory, l4_cap_idx_t target, l4_fpage_t *utcb_area,
                                               l4_utcb_t *u)
{
    l4_msgtag_t t = l4_factory_create_start_u(L4_PROTO_TASK, target, u);
    l4_factory_create_add_fpage_u(*utcb_area, &t, u);
    t = l4_factory_create_commit_u(factory, t, u);
    if (!l4_msgtag_has_error(t) && l4_msgtag_label(t) >= 0 && l4_msgtag_words(t) > 0)
        utcb_area->raw = u->msg.mr[0];
    return t;
}

L4_INLINE l4_msgtag_t l4_factory_create_task(l4_cap_idx_t factory, l4_cap_idx_t target, l4_fpage_t *utcb_area)
{
    return l4_factory_create_task_u(factory, target, utcb_area, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_factory_create_thread_u(l4_cap_idx_t factory, l4_cap_idx_t target, l4_utcb_t *u)
{
    return l4_factory_create_u(factory, L4_PROTO_THREAD, target, u);
}

L4_INLINE l4_msgtag_t l4_factory_create_thread(l4_cap_idx_t factory, l4_cap_idx_t target)
{
    return l4_factory_create_thread_u(factory, target, l4_utcb());
}

// Create a factory with `limit` bytes of kernel memory, taken from this factory's quota.
L4_INLINE l4_msgtag_t l4_factory_create_factory_u(l4_cap_idx_t factory, l4_cap_idx_t target, unsigned long limit,
                                                  l4_utcb_t *u)
{
    l4_msgtag_t t = l4_factory_create_start_u(L4_PROTO_FACTORY, target, u);
    l4_factory_create_add_uint_u(limit, &t, u);
    return l4_factory_create_commit_u(factory, t, u);
}

L4_INLINE l4_msgtag_t l4_factory_create_factory(l4_cap_idx_t factory, l4_cap_idx_t target, unsigned long limit)
{
    return l4_factory_create_factory_u(factory, target, limit, l4_utcb());
}

// Create a gate with `label` (low two bits 0), bound to `thread`; unbound if `thread` is invalid.
L4_INLINE l4_msgtag_t l4_factory_create_gate_u(l4_cap_idx_t factory, l4_cap_idx_t target, l4_cap_idx_t thread,
                                               l4_umword_t label, l4_utcb_t *u)
{
    l4_msgtag_t t = l4_factory_create_start_u(0, target, u);
    l4_factory_create_add_uint_u(label, &t, u);
    if (l4_is_valid_cap(thread))
        l4_sndfpage_add_u(l4_obj_fpage(thread, 0, L4_CAP_FPAGE_RWS), 0, &t, u);
    return l4_factory_create_commit_u(factory, t, u);
}

L4_INLINE l4_msgtag_t l4_factory_create_gate(l4_cap_idx_t factory, l4_cap_idx_t target, l4_cap_idx_t thread,
                                             l4_umword_t label)
{
    return l4_factory_create_gate_u(factory, target, thread, label, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_factory_create_irq_u(l4_cap_idx_t factory, l4_cap_idx_t target, l4_utcb_t *u)
{
    return l4_factory_create_u(factory, L4_PROTO_IRQ_SENDER, target, u);
}

L4_INLINE l4_msgtag_t l4_factory_create_irq(l4_cap_idx_t factory, l4_cap_idx_t target)
{
    return l4_factory_create_irq_u(factory, target, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_factory_create_vm_u(l4_cap_idx_t factory, l4_cap_idx_t target, l4_utcb_t *u)
{
    return l4_factory_create_u(factory, L4_PROTO_VM, target, u);
}

L4_INLINE l4_msgtag_t l4_factory_create_vm(l4_cap_idx_t factory, l4_cap_idx_t target)
{
    return l4_factory_create_vm_u(factory, target, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_factory_create_semaphore_u(l4_cap_idx_t factory, l4_cap_idx_t target, l4_utcb_t *u)
{
    return l4_factory_create_u(factory, L4_PROTO_SEMAPHORE, target, u);
}

L4_INLINE l4_msgtag_t l4_factory_create_semaphore(l4_cap_idx_t factory, l4_cap_idx_t target)
{
    return l4_factory_create_semaphore_u(factory, target, l4_utcb());
}
