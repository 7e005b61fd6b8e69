// SPDX-License-Identifier: MIT
// The one system call and the IPC operations made of it (kernel-abi 1, 3).
#pragma once

#include <l4/sys/types.h>
#include <l4/sys/utcb.h>
#include <l4/sys/err.h>

// Invoke a capability. `dest` is a selector OR'ed with L4_SYSF_* flags, `*label` the label to send
// (in) and the label received (out), `to` the pair of timeouts. Returns the result tag.
#if defined(__aarch64__)
L4_INLINE l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest,
                                l4_timeout_t to)
{
    register l4_mword_t x0 __asm__("x0") = tag.raw;
    register l4_umword_t x1 __asm__("x1") = *label;
    register l4_umword_t x2 __asm__("x2") = dest;
    register l4_umword_t x3 __asm__("x3") = to.raw;
    __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1) : "r"(x2), "r"(x3) : "memory", "cc");
    *label = x1;
    return (l4_msgtag_t){x0};
}
#else
l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to);
#endif

// NOLINTNEXTLINE(readability-function-size): L4's parameters
L4_INLINE l4_msgtag_t l4_ipc(l4_cap_idx_t dest, l4_utcb_t *utcb, l4_umword_t flags,
                             l4_umword_t slabel, l4_msgtag_t tag, l4_umword_t *rlabel,
                             l4_timeout_t timeout)
{
    (void)utcb;
    tag = l4_invoke(tag, &slabel, dest | flags, timeout);
    if (rlabel)
        *rlabel = slabel;
    return tag;
}

L4_INLINE l4_msgtag_t l4_ipc_send(l4_cap_idx_t dest, l4_utcb_t *u, l4_msgtag_t tag, l4_timeout_t to)
{
    return l4_ipc(dest, u, L4_SYSF_SEND, 0, tag, 0, to);
}

L4_INLINE l4_msgtag_t l4_ipc_call(l4_cap_idx_t obj, l4_utcb_t *u, l4_msgtag_t tag, l4_timeout_t to)
{
    return l4_ipc(obj, u, L4_SYSF_CALL, 0, tag, 0, to);
}

L4_INLINE l4_msgtag_t l4_ipc_receive(l4_cap_idx_t obj, l4_utcb_t *u, l4_timeout_t to)
{
    return l4_ipc(obj, u, L4_SYSF_RECV, 0, l4_msgtag(0, 0, 0, 0), 0, to);
}

L4_INLINE l4_msgtag_t l4_ipc_wait(l4_utcb_t *u, l4_umword_t *label, l4_timeout_t to)
{
    return l4_ipc(L4_INVALID_CAP, u, L4_SYSF_WAIT, 0, l4_msgtag(0, 0, 0, 0), label, to);
}

L4_INLINE l4_msgtag_t l4_ipc_reply(l4_utcb_t *u, l4_msgtag_t tag, l4_timeout_t to)
{
    return l4_ipc(L4_INVALID_CAP, u, L4_SYSF_SEND | L4_SYSF_REPLY, 0, tag, 0, to);
}

L4_INLINE l4_msgtag_t l4_ipc_reply_and_wait(l4_utcb_t *u, l4_msgtag_t tag, l4_umword_t *label,
                                            l4_timeout_t to)
{
    return l4_ipc(L4_INVALID_CAP, u, L4_SYSF_REPLY_AND_WAIT, 0, tag, label, to);
}

// The error bits in the UTCB, of the last IPC that had one.
L4_INLINE int l4_ipc_error_code(l4_utcb_t *u)
{
    return (int)(l4_utcb_tcr_u(u)->error & L4_IPC_ERROR_MASK);
}

L4_INLINE l4_msgtag_t l4_ipc_send_and_wait(l4_cap_idx_t dest, l4_utcb_t *u, l4_msgtag_t tag,
                                           l4_umword_t *label, l4_timeout_t to)
{
    return l4_ipc(dest, u, L4_SYSF_SEND_AND_WAIT, 0, tag, label, to);
}

// IPC error (L4_IPC_E*, L4_IPC_SE*, L4_IPC_RE*) of a finished IPC, 0 if there was none.
L4_INLINE l4_umword_t l4_ipc_error(l4_msgtag_t tag, l4_utcb_t *u)
{
    if (L4_LIKELY(!l4_msgtag_has_error(tag)))
        return 0;
    return l4_utcb_tcr_u(u)->error & L4_IPC_ERROR_MASK;
}

L4_INLINE long l4_ipc_to_errno(unsigned long ipc_error_code)
{
    return -(long)(L4_EIPC_LO + ipc_error_code);
}

// Label of the result, or -(2000 + IPC error).
L4_INLINE long l4_error_u(l4_msgtag_t tag, l4_utcb_t *u)
{
    if (L4_UNLIKELY(l4_msgtag_has_error(tag)))
        return l4_ipc_to_errno(l4_ipc_error(tag, u));
    return l4_msgtag_label(tag);
}

L4_INLINE long l4_error(l4_msgtag_t tag)
{
    return l4_error_u(tag, l4_utcb());
}

L4_INLINE int l4_ipc_is_snd_error(l4_utcb_t *u)
{
    return (u->tcr.error & L4_IPC_SND_ERR_MASK) == 0;
}

L4_INLINE int l4_ipc_is_rcv_error(l4_utcb_t *u)
{
    return u->tcr.error & L4_IPC_SND_ERR_MASK;
}

// Append one map item to a message. 0 or -L4_EMSGTOOLONG.
L4_INLINE int l4_sndfpage_add_u(l4_fpage_t const snd, unsigned long snd_base, l4_msgtag_t *tag,
                                l4_utcb_t *u)
{
    unsigned i = l4_msgtag_words(*tag) + 2 * l4_msgtag_items(*tag);
    if (i + 2 > L4_UTCB_GENERIC_DATA_SIZE)
        return -L4_EMSGTOOLONG;
    u->msg.mr[i] = snd_base | L4_ITEM_MAP;
    u->msg.mr[i + 1] = snd.raw;
    *tag = l4_msgtag(l4_msgtag_label(*tag), l4_msgtag_words(*tag), l4_msgtag_items(*tag) + 1,
                     l4_msgtag_flags(*tag));
    return 0;
}

L4_INLINE int l4_sndfpage_add(l4_fpage_t const snd, unsigned long snd_base, l4_msgtag_t *tag)
{
    return l4_sndfpage_add_u(snd, snd_base, tag, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_ipc_sleep(l4_timeout_t to)
{
    return l4_ipc(L4_INVALID_CAP, 0, L4_SYSF_RECV, 0, l4_msgtag(0, 0, 0, 0), 0, to);
}

// Sleep for `us` microseconds, or longer by what the timeout's format rounds up. The result has the error "receive timeout".
L4_INLINE l4_msgtag_t l4_ipc_sleep_us(l4_uint64_t us)
{
    return l4_ipc_sleep(l4_timeout(L4_IPC_TIMEOUT_NEVER, l4_timeout_from_us(us)));
}

L4_INLINE l4_msgtag_t l4_ipc_sleep_ms(l4_uint32_t ms)
{
    return l4_ipc_sleep_us((l4_uint64_t)ms * 1000);
}

L4_INLINE void l4_usleep(l4_uint64_t us)
{
    l4_ipc_sleep_us(us);
}

L4_INLINE void l4_sleep(unsigned long ms)
{
    l4_usleep((l4_uint64_t)ms * 1000);
}

L4_INLINE L4_NORETURN void l4_sleep_forever(void)
{
    for (;;)
        l4_ipc_sleep(L4_IPC_NEVER);
}

// Put one object capability behind the words of a request to a kernel object: used by the
// operations of the other headers. Returns the tag.
L4_INLINE l4_msgtag_t l4_ipc_obj_request_u(long proto, unsigned words, l4_cap_idx_t obj,
                                           unsigned rights, l4_utcb_t *u)
{
    u->msg.mr[words] = L4_ITEM_MAP;
    u->msg.mr[words + 1] = l4_obj_fpage(obj, 0, rights).raw;
    return l4_msgtag(proto, words, 1, 0);
}
