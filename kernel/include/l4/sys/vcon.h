// SPDX-License-Identifier: MIT
// Virtual console / log (kernel-abi 4.10, protocols 6).
#pragma once

#include <l4/sys/abi/objects.h>
#include <l4/sys/icu.h>

// One word each in messages: MR1, MR2, MR3.
typedef struct l4_vcon_attr_t {
    l4_umword_t i_flags;
    l4_umword_t o_flags;
    l4_umword_t l_flags;
} l4_vcon_attr_t;

// One write message of at most L4_VCON_WRITE_SIZE bytes (more are cut). Send-only.
L4_INLINE l4_msgtag_t l4_vcon_send_u(l4_cap_idx_t vcon, char const *buf, unsigned size, l4_utcb_t *u)
{
    if (size > L4_VCON_WRITE_SIZE)
        size = L4_VCON_WRITE_SIZE;
    u->msg.mr[0] = L4_VCON_WRITE_OP;
    u->msg.mr[1] = size;
    __builtin_memcpy(&u->msg.mr[2], buf, size);
    return l4_ipc_send(vcon, u, l4_msgtag(L4_PROTO_LOG, 2 + (size + 7) / 8, 0, L4_MSGTAG_SCHEDULE),
                       L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_vcon_send(l4_cap_idx_t vcon, char const *buf, unsigned size)
{
    return l4_vcon_send_u(vcon, buf, size, l4_utcb());
}

// Write all bytes, in as many messages as needed. Bytes written.
L4_INLINE long l4_vcon_write_u(l4_cap_idx_t vcon, char const *buf, unsigned size, l4_utcb_t *u)
{
    unsigned done = 0;
    while (done < size) {
        unsigned n = size - done;
        if (n > L4_VCON_WRITE_SIZE)
            n = L4_VCON_WRITE_SIZE;
        if (l4_msgtag_has_error(l4_vcon_send_u(vcon, buf + done, n, u)))
            break;
        done += n;
    }
    return (long)done;
}

L4_INLINE long l4_vcon_write(l4_cap_idx_t vcon, char const *buf, unsigned size)
{
    return l4_vcon_write_u(vcon, buf, size, l4_utcb());
}

// Read what has come in, at most `size` bytes. Returns the count, with L4_VCON_READ_STAT_* bits:
// DONE = nothing more is waiting; < 0 on error. `buf` may be NULL to drop the bytes.
L4_INLINE long l4_vcon_read_with_flags_u(l4_cap_idx_t vcon, char *buf, unsigned size, l4_utcb_t *u)
{
    if (size > L4_VCON_READ_SIZE)
        size = L4_VCON_READ_SIZE;
    u->msg.mr[0] = ((l4_umword_t)size << L4_VCON_READ_SIZE_SHIFT) | L4_VCON_READ_OP;
    l4_msgtag_t t = l4_ipc_call(vcon, u, l4_msgtag(L4_PROTO_LOG, 1, 0, 0), L4_IPC_NEVER);
    long e = l4_error_u(t, u);
    if (e < 0)
        return e;
    l4_umword_t stat = u->msg.mr[0] & 0xffffffffu;
    unsigned n = (unsigned)(stat & L4_VCON_READ_SIZE_MASK);
    if (n > size)
        n = size;
    if (buf)
        __builtin_memcpy(buf, &u->msg.mr[1], n);
    return (long)((stat & ~(l4_umword_t)L4_VCON_READ_SIZE_MASK) | n);
}

L4_INLINE long l4_vcon_read_with_flags(l4_cap_idx_t vcon, char *buf, unsigned size)
{
    return l4_vcon_read_with_flags_u(vcon, buf, size, l4_utcb());
}

// As above without flags; when more is waiting than was read the result is size + 1.
L4_INLINE long l4_vcon_read_u(l4_cap_idx_t vcon, char *buf, unsigned size, l4_utcb_t *u)
{
    long r = l4_vcon_read_with_flags_u(vcon, buf, size, u);
    if (r < 0)
        return r;
    if (!(r & L4_VCON_READ_STAT_DONE))
        return (long)size + 1;
    return r & L4_VCON_READ_SIZE_MASK;
}

L4_INLINE long l4_vcon_read(l4_cap_idx_t vcon, char *buf, unsigned size)
{
    return l4_vcon_read_u(vcon, buf, size, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_vcon_set_attr_u(l4_cap_idx_t vcon, l4_vcon_attr_t const *attr, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_VCON_SET_ATTR_OP;
    u->msg.mr[1] = attr->i_flags;
    u->msg.mr[2] = attr->o_flags;
    u->msg.mr[3] = attr->l_flags;
    return l4_ipc_call(vcon, u, l4_msgtag(L4_PROTO_LOG, 4, 0, 0), L4_IPC_NEVER);
}

L4_INLINE l4_msgtag_t l4_vcon_set_attr(l4_cap_idx_t vcon, l4_vcon_attr_t const *attr)
{
    return l4_vcon_set_attr_u(vcon, attr, l4_utcb());
}

L4_INLINE l4_msgtag_t l4_vcon_get_attr_u(l4_cap_idx_t vcon, l4_vcon_attr_t *attr, l4_utcb_t *u)
{
    u->msg.mr[0] = L4_VCON_GET_ATTR_OP;
    l4_msgtag_t t = l4_ipc_call(vcon, u, l4_msgtag(L4_PROTO_LOG, 1, 0, 0), L4_IPC_NEVER);
    if (l4_error_u(t, u) >= 0)
        *attr = (l4_vcon_attr_t){u->msg.mr[1], u->msg.mr[2], u->msg.mr[3]};
    return t;
}

L4_INLINE l4_msgtag_t l4_vcon_get_attr(l4_cap_idx_t vcon, l4_vcon_attr_t *attr)
{
    return l4_vcon_get_attr_u(vcon, attr, l4_utcb());
}

// Attributes of a raw console: no conversion of line ends, no line editing, no echo.
L4_INLINE void l4_vcon_set_attr_raw(l4_vcon_attr_t *attr)
{
    attr->i_flags &= ~(l4_umword_t)(L4_VCON_INLCR | L4_VCON_IGNCR | L4_VCON_ICRNL);
    attr->o_flags &= ~(l4_umword_t)(L4_VCON_ONLCR | L4_VCON_OCRNL | L4_VCON_ONLRET);
    attr->l_flags &= ~(l4_umword_t)(L4_VCON_ICANON | L4_VCON_ECHO);
}
