// SPDX-License-Identifier: MIT
// Dataspaces of the driver: attached as long as the device may use them. The capability that is
// kept keeps the memory alive when the driver ends; when the factory that it came from does, it is
// gone, and who reaches for it learns so (l4/mem/guard.h).
#include "memory.h"
#include "say.h"

#include <l4/re/c/dataspace.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/task.h>

struct request {
    uint64_t base, offset, size;
};

// Reads the arguments and widens them to whole pages.
static long get_request(struct msg_in *in, struct request *r)
{
    r->base = msg_get_u64(in);
    r->offset = msg_get_u64(in);
    r->size = msg_get_u64(in);
    if (in->err)
        return in->err;
    uint64_t const mask = L4_PAGESIZE - 1;
    if (!r->size || r->size > UINT64_MAX - 2 * mask)
        return -L4_EINVAL;
    r->size = (r->size + (r->base & mask) + mask) & ~mask;
    r->base &= ~mask;
    r->offset &= ~mask;
    if (r->base + (r->size - 1) < r->base || r->offset + (r->size - 1) < r->offset)
        return -L4_ERANGE;
    return 0;
}

// Is the dataspace moe's, or one that is trusted by name? Moe tells whose it is, without a word to
// the dataspace itself: it copies, nothing here, from its own ones only.
static bool is_trusted(struct l4virtio_device *d, l4_cap_idx_t ds)
{
    if (l4re_ds_copy_in(d->config_ds, 0, ds, 0, 0) >= 0)
        return true;
    for (unsigned i = 0; i < d->trusted.count; i++)
        if (l4_msgtag_label(l4_task_cap_equal(L4RE_THIS_TASK_CAP, ds, d->trusted.ds[i])) > 0)
            return true;
    l4virtio_say(d, "refuses memory from another server than moe; option -d names a dataspace to trust");
    return false;
}

// Is the wanted part inside the dataspace, and is it writable?
static long check_ds(l4_cap_idx_t ds, struct request const *r, bool *writable)
{
    l4re_ds_stats_t st;
    long err = l4re_ds_info(ds, &st);
    *writable = true;
    if (err == -L4_ENOSYS)  // device memory of a vbus
        return 0;
    if (err < 0)
        return err;
    uint64_t size = (st.size + L4_PAGESIZE - 1) & L4_PAGEMASK;
    if (r->offset >= size)
        return -L4_ERANGE;
    if (r->size > size - r->offset)
        return -L4_EINVAL;
    *writable = st.flags & L4RE_DS_F_W;
    return 0;
}

// Large pages where size and offset allow: a copy then costs few TLB entries. Mapped at once: memory
// that the driver's quota cannot pay for is refused here.
static long attach(l4_cap_idx_t ds, struct request const *r, bool writable, void **addr)
{
    unsigned align = L4_PAGESHIFT;
    if (r->size >= L4_SUPERPAGESIZE && !(r->offset & (L4_SUPERPAGESIZE - 1)))
        align = L4_SUPERPAGESHIFT;
    *addr = NULL;
    l4re_rm_flags_t rights = writable ? L4RE_RM_F_RW : L4RE_RM_F_R;
    return l4re_rm_attach(addr, r->size, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_EAGER_MAP | rights, ds,
                          r->offset, (unsigned char)align);
}

static long add_region(struct l4virtio_device *d, l4_cap_idx_t ds, bool owned,
                       struct request const *r)
{
    bool writable;
    void *addr;
    long err = is_trusted(d, ds) ? check_ds(ds, r, &writable) : -L4_EINVAL;
    if (err >= 0)
        err = attach(ds, r, writable, &addr);
    if (err < 0)
        return err;

    unsigned i = d->mem.count;
    int v = vq_mem_add(&d->mem, r->base, r->size, addr, writable);
    if (v < 0) {
        l4re_rm_detach(addr);
        l4virtio_say(d, "memory at 0x%llx: %s", (unsigned long long)r->base, vq_strerror(v));
        return -L4_EINVAL;
    }
    d->ds[i] = (struct l4virtio_device_ds){ .cap = ds, .owned = owned, .attached = addr };
    return 0;
}

long l4virtio_memory_register(struct l4virtio_device *d, struct msg_in *in)
{
    struct request r;
    struct msg_item item;
    long err = get_request(in, &r);
    if (err < 0)
        return err;
    if (!msg_get_item(in, &item) || item.kind != MSG_ITEM_CAP)
        return -L4_EMSGMISSARG;
    if (d->mem.count >= d->mem.limit) {
        l4virtio_say(d, "more than %u memory regions, see option ds-max", d->mem.limit);
        return -L4_ENOMEM;
    }

    bool owned;
    l4_cap_idx_t ds = srv_item_keep(d->srv, &item, &owned);
    if (l4_is_invalid_cap(ds))
        return -L4_ENOMEM;
    err = add_region(d, ds, owned, &r);
    if (err < 0 && owned)
        l4re_util_cap_free_um(ds);
    return err;
}

void l4virtio_memory_release(struct l4virtio_device *d)
{
    for (unsigned i = 0; i < d->mem.count; i++) {
        l4re_rm_detach(d->ds[i].attached);
        if (d->ds[i].owned)
            l4re_util_cap_free_um(d->ds[i].cap);
    }
    d->mem.count = 0;
}
