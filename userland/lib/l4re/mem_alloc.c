// SPDX-License-Identifier: MIT
#include <l4/re/c/mem_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>

long l4re_ma_alloc_align_srv(l4_cap_idx_t srv, unsigned long size, l4re_ds_t mem,
                             unsigned long flags, unsigned long align)
{
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t t = l4_factory_create_start_u(L4RE_PROTO_DATASPACE, mem, u);
    l4_factory_create_add_int_u((l4_mword_t)size, &t, u);
    l4_factory_create_add_uint_u(flags, &t, u);
    l4_factory_create_add_uint_u(align, &t, u);
    return l4_error_u(l4_factory_create_commit_u(srv, t, u), u);
}

long l4re_ma_alloc_align(unsigned long size, l4re_ds_t mem, unsigned long flags,
                         unsigned long align)
{
    return l4re_ma_alloc_align_srv(l4re_env()->mem_alloc, size, mem, flags, align);
}

long l4re_ma_alloc(unsigned long size, l4re_ds_t mem, unsigned long flags)
{
    return l4re_ma_alloc_align(size, mem, flags, 0);
}
