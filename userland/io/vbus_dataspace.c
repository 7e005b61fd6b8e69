// SPDX-License-Identifier: MIT
#include "vbus_dataspace.h"

#include <stdio.h>

#include <l4/re/c/dataspace.h>

#include "iomem.h"

// Order of the largest page around `addr` that lies inside [first, last] (addresses here) and has
// `addr` where the client's window has `spot`.
static unsigned page_order(l4_addr_t addr, l4_addr_t first, l4_addr_t last, l4_addr_t spot)
{
    unsigned order = L4_PAGESHIFT;
    for (; order < 30; order++) {
        l4_addr_t size = 2ul << order, base = addr & ~(size - 1);
        if (base < first || last - base < size - 1
            || ((addr ^ spot) & (size - 1) & L4_PAGEMASK))
            break;
    }
    return order;
}

static unsigned cache_attribute(l4vbus_resource_t const *r)
{
    if (r->flags & L4VBUS_RESOURCE_F_MEM_CACHEABLE)
        return L4_FPAGE_CACHEABLE;
    return r->flags & L4VBUS_RESOURCE_F_MEM_PREFETCHABLE ? L4_FPAGE_BUFFERABLE
                                                         : L4_FPAGE_UNCACHEABLE;
}

// The most that a resource gives. There are no pages that can be written and not read.
static unsigned rights_of(l4vbus_resource_t const *r)
{
    return (r->flags & L4VBUS_RESOURCE_F_MEM_R ? L4_FPAGE_RX : 0u) | (r->flags & L4VBUS_RESOURCE_F_MEM_W ? L4_FPAGE_RW : 0u);
}

// A resource with a part of the page, one that gives the rights if there is any. NULL: the bus has nothing there.
static l4vbus_resource_t const *find_in_page(struct bus const *bus, uint64_t page, unsigned rights)
{
    l4vbus_resource_t const *found = NULL;
    for (unsigned i = 0; i < bus->n_devices; i++)
        for (unsigned k = 0; k < bus->devices[i].n_resources; k++) {
            l4vbus_resource_t const *r = &bus->devices[i].resources[k];
            if (r->type != L4VBUS_RESOURCE_MEM || r->start > (page | (L4_PAGESIZE - 1)) || r->end < page)
                continue;
            if (!(rights & ~rights_of(r)))
                return r;
            found = r;
        }
    return found;
}

static l4_msgtag_t map(struct bus const *bus, struct msg_in *in, l4_utcb_t *u)
{
    uint64_t offset = msg_get_u64(in), spot = msg_get_u64(in), flags = msg_get_u64(in);
    if (in->err)
        return msg_reply_err(in->err);
    offset &= L4_PAGEMASK;
    unsigned rights = L4_FPAGE_RO | ((unsigned)flags & L4_FPAGE_RWX);
    l4vbus_resource_t const *r = find_in_page(bus, offset, rights);
    if (!r)
        return msg_reply_err(-L4_ERANGE);
    if (rights & ~rights_of(r))
        return msg_reply_err(-L4_EPERM);

    l4_addr_t local;
    int err = iomem_map(r->start, r->end, r->flags & L4VBUS_RESOURCE_F_MEM_CACHEABLE, &local);
    if (err < 0) {
        static uint64_t told;  // a client may ask again and again
        if (told != r->start + 1)
            printf("%s: device memory [0x%llx-0x%llx] is not to be had: %s\n", bus->name,
                   (unsigned long long)r->start, (unsigned long long)r->end, l4sys_errtostr(err));
        told = r->start + 1;
        return msg_reply_err(-L4_ENOMEM);
    }
    uint64_t first = r->start & L4_PAGEMASK, last = r->end | (L4_PAGESIZE - 1);
    l4_addr_t addr = local + (l4_addr_t)(offset - first);
    unsigned order = page_order(addr, local, local + (l4_addr_t)(last - first), spot);

    struct msg_out out;
    msg_out_init(&out, u);
    msg_put_fpage(&out, l4_fpage(addr & (~0ul << order), order, rights),
                  l4_map_control(spot, (unsigned char)cache_attribute(r), 0));
    return msg_reply(&out, 0);
}

l4_msgtag_t vbus_dataspace_dispatch(struct bus const *bus, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    struct msg_out out;
    msg_in_init(&in, u, tag);
    unsigned op = msg_get_u32(&in);
    switch (in.err ? ~0u : op) {
    case ~0u:
        return msg_reply_err(in.err);
    case L4RE_DS_OP_MAP:
        msg_get_u32(&in);
        return map(bus, &in, u);
    case L4RE_DS_OP_INFO:
        msg_out_init(&out, u);
        msg_put_u64(&out, L4_PAGEMASK);  // all but the last page
        msg_put_u64(&out, L4RE_DS_F_RW);
        return msg_reply(&out, 0);
    case L4RE_DS_OP_MAP_INFO:
        msg_out_init(&out, u);
        msg_put_u64(&out, 0);
        msg_put_u64(&out, 0);
        return msg_reply(&out, 0);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}
