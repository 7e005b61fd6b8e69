// SPDX-License-Identifier: MIT
#include <l4/dma/dma.h>

#include <l4/re/c/dma_space.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/re/protocols.h>
#include <l4/sys/consts.h>
#include <l4/sys/factory.h>
#include <l4/vbus/client.h>

int dma_space_open(struct dma_space *s, l4_cap_idx_t vbus)
{
    s->cap = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(s->cap))
        return -L4_ENOMEM;
    long err = l4_error(l4_factory_create(l4re_env()->mem_alloc, L4RE_PROTO_DMA_SPACE, s->cap));
    if (err >= 0)
        err = l4vbus_assign_dma_domain(vbus, L4VBUS_WHOLE_BUS_DMA_DOMAIN, L4VBUS_DMAD_BIND, s->cap);
    if (err < 0)
        l4re_util_cap_free_um(s->cap);
    return (int)err;
}

static void unmap(struct dma_space const *s, struct dma_memory const *m, size_t size)
{
    l4re_dma_space_unmap(s->cap, m->address, size, 0);
}

// Its device address; -L4_ENOMEM when it is not in one piece there.
static long device_address(struct dma_space const *s, l4_cap_idx_t ds, struct dma_memory *m)
{
    l4_size_t size = m->size;
    l4re_dma_space_dma_addr_t address;
    long err = l4re_dma_space_map(s->cap, ds, 0, &size, L4RE_DMA_SPACE_SEARCH_ADDR, L4_PAGESHIFT, &address);
    if (err < 0)
        return err;
    m->address = address;
    if (size >= m->size)
        return 0;
    unmap(s, m, size);
    return -L4_ENOMEM;
}

int dma_alloc(struct dma_space const *s, size_t size, struct dma_memory *m)
{
    l4_cap_idx_t ds = l4re_util_cap_alloc();
    *m = (struct dma_memory){ .size = l4_round_page(size), .ds = ds };
    if (l4_is_invalid_cap(ds))
        return -L4_ENOMEM;
    long err = l4re_ma_alloc(m->size, ds, L4RE_MA_CONTINUOUS | L4RE_MA_PINNED);
    if (err >= 0)
        err = device_address(s, ds, m);
    if (err >= 0) {
        err = l4re_rm_attach(&m->at, m->size, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_EAGER_MAP | L4RE_RM_F_RW, ds, 0, L4_PAGESHIFT);
        if (err < 0)
            unmap(s, m, m->size);
    }
    if (err < 0)
        l4re_util_cap_free_um(ds);
    return (int)err;
}
