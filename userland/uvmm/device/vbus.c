// SPDX-License-Identifier: MIT
#include "device/vbus.h"

#include "device/device.h"
#include "boot/dt.h"
#include "log.h"

#include <l4/dma/dma.h>
#include <l4/re/c/dma_space.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/icu.h>
#include <l4/sys/irq.h>
#include <l4/vbus/client.h>
#include <stdio.h>
#include <string.h>

#define MAX_RESOURCES 256
#define MAX_REGS 8
#define MAX_IRQS 16

struct resource {
    l4vbus_resource_t r;
    l4vbus_device_handle_t dev;
    bool used; // interrupt is bound, or memory mapped (then at guest address `gpa`)
};

struct hw_irq {
    struct irq_source source; // first
    struct srv_object object;
    unsigned number;          // at the vicu
    bool level;
    bool unmask_by_icu;
};

static l4_cap_idx_t bus = L4_INVALID_CAP;
static l4_cap_idx_t vicu = L4_INVALID_CAP;
static struct resource resources[MAX_RESOURCES];
static unsigned num_resources;
static struct dma_space dma; // the machine's addresses
static bool has_dma;
static l4_cap_idx_t devices = L4_INVALID_CAP; // what devices behind an IOMMU reach, at the guest's addresses; else invalid

static void add_device(l4vbus_device_handle_t dev, l4vbus_device_t const *info)
{
    if (info->type & (1u << L4VBUS_INTERFACE_PCIDEV))
        return; // reached through its host bridge
    for (unsigned i = 0; i < info->num_resources; i++) {
        l4vbus_resource_t r;
        if (l4vbus_get_resource(bus, dev, i, &r) < 0)
            continue;
        if (r.type != L4VBUS_RESOURCE_MEM && r.type != L4VBUS_RESOURCE_IRQ)
            continue;
        if (r.end < r.start || num_resources == MAX_RESOURCES) {
            log_warn("vbus: resource %u of %s is not usable", i, info->name);
            continue;
        }
        resources[num_resources++] = (struct resource){.r = r, .dev = dev};
    }
}

// Without an SMMU there are no DMA spaces of the kernel, and without an IOMMU before the devices of this bus it takes none.
static bool behind_iommu(void)
{
    l4_cap_idx_t const space = l4re_util_cap_alloc();
    bool made = false;
    if (!l4_is_invalid_cap(space))
        made = l4_error(l4_factory_create(l4re_env()->factory, L4_PROTO_DMA_SPACE, space)) >= 0;
    if (made && l4vbus_assign_dma_domain(bus, L4VBUS_WHOLE_BUS_DMA_DOMAIN, L4VBUS_DMAD_BIND | L4VBUS_DMAD_KERNEL_DMA_SPACE,
                                         space) >= 0) {
        devices = space;
        return true;
    }
    l4re_util_cap_free_um(space);
    return false;
}

static void open_dma(void)
{
    int const err = dma_space_open(&dma, bus);
    has_dma = !err;
    if (err && err != -L4_ENOENT)
        fatal("devices of the vbus do DMA, which io does not set up: error %d; does it have 'dma_mgr'?", err);
}

void vbus_init(struct vm *m)
{
    (void)m;
    bus = l4re_env_get_cap("vbus");
    if (l4_is_invalid_cap(bus)) {
        log_info("no vbus: nothing is passed through");
        return;
    }
    vicu = l4re_util_cap_alloc();
    int err = l4vbus_vicu(bus, vicu);
    if (err == -L4_ENOENT) {
        log_warn("vbus without interrupt controller");
        vicu = L4_INVALID_CAP;
    } else if (err < 0) {
        fatal("the vbus is not to be had: error %d; io's messages say whether it could not configure it", err);
    }
    l4vbus_device_handle_t dev = L4VBUS_NULL;
    l4vbus_device_t info;
    while (l4vbus_get_next_device(bus, L4VBUS_ROOT_BUS, &dev, L4VBUS_MAX_DEPTH, &info) >= 0)
        add_device(dev, &info);
    log_info("vbus with %u resources", num_resources);
    if (behind_iommu())
        log_info("devices of the vbus reach guest RAM, and nothing else");
    else
        open_dma();
    l4vbus_inhibitor_acquire(bus, L4VBUS_INHIBITOR_SUSPEND, "vm running");
    l4vbus_inhibitor_acquire(bus, L4VBUS_INHIBITOR_SHUTDOWN, "vm running");
}

l4_cap_idx_t vbus_cap(void)
{
    return bus;
}

int vbus_dma_map(uint64_t gpa, void const *host, uint64_t size)
{
    return l4_is_invalid_cap(devices) ? 0 : vm_map_in(devices, gpa, host, size, L4_FPAGE_RW, L4_FPAGE_CACHEABLE);
}

bool vbus_dma_address(l4_cap_idx_t ds, uint64_t offset, uint64_t size, uint64_t *address)
{
    if (!has_dma)
        return false;
    l4_size_t there = size;
    l4re_dma_space_dma_addr_t at;
    long err = l4re_dma_space_map(dma.cap, ds, offset, &there, L4RE_DMA_SPACE_SEARCH_ADDR, L4_PAGESHIFT, &at);
    if (err < 0 || there < size)
        fatal("devices of the vbus do DMA, and guest RAM is no dataspace in one piece (Continuous, Pinned): error %ld", err);
    *address = at;
    return true;
}

static struct resource *find_memory(struct dt_range const *r)
{
    for (unsigned i = 0; i < num_resources; i++) {
        struct resource *s = &resources[i];
        if (s->r.type == L4VBUS_RESOURCE_MEM && r->size && r->start >= s->r.start &&
            r->start + r->size - 1 <= s->r.end)
            return s;
    }
    return NULL;
}

static struct resource *find_irq(unsigned number)
{
    for (unsigned i = 0; i < num_resources; i++) {
        struct resource *s = &resources[i];
        if (s->r.type == L4VBUS_RESOURCE_IRQ && number >= s->r.start && number <= s->r.end)
            return s;
    }
    return NULL;
}

static struct resource *find_by_id(l4vbus_device_handle_t dev, char const *kind, unsigned index)
{
    char name[8];
    snprintf(name, sizeof(name), "%s%u", kind, index);
    for (unsigned i = 0; i < num_resources; i++)
        if (resources[i].dev == dev && resources[i].r.id == l4vbus_resource_id(name))
            return &resources[i];
    return NULL;
}

bool vbus_owns(struct vm *m, int node)
{
    struct dt_range r;
    unsigned i = 0;
    for (; dt_reg(m->fdt, node, i, &r) == 0; i++)
        if (!find_memory(&r))
            return false;
    return i > 0;
}

static unsigned cache_mode(struct resource const *s)
{
    if (s->r.flags & L4VBUS_RESOURCE_F_MEM_CACHEABLE)
        return L4_FPAGE_CACHEABLE;
    return s->r.flags & L4VBUS_RESOURCE_F_MEM_PREFETCHABLE ? L4_FPAGE_BUFFERABLE
                                                           : L4_FPAGE_UNCACHEABLE;
}

// Maps the pages of [host, host + size) of the machine at the guest address gpa.
static int map_memory(struct vm *m, int node, struct resource *s, uint64_t host, uint64_t gpa,
                      uint64_t size)
{
    char name[128], path[112];
    uint64_t first = host & L4_PAGEMASK;
    uint64_t bytes = l4_round_page(host + size) - first;
    bool writable = s->r.flags & L4VBUS_RESOURCE_F_MEM_W;
    void *at;

    if ((host ^ gpa) & ~L4_PAGEMASK)
        return device_error(m->fdt, node,
                            "0x%llx cannot appear at 0x%llx: different place in a page",
                            (unsigned long long)host, (unsigned long long)gpa);
    struct mmio_region const *other = mmio_map_find(&m->mmio, gpa & L4_PAGEMASK);
    if (other && !other->ops && other->ctx == &resources)
        return 0; // a page that two nodes share
    snprintf(name, sizeof(name), "passed-through %s", dt_path(m->fdt, node, path, sizeof(path)));
    char *keep = device_alloc(strlen(name) + 1);
    memcpy(keep, name, strlen(name) + 1);
    vm_claim(gpa & L4_PAGEMASK, bytes, keep, NULL, &resources);

    unsigned rights = writable ? L4RE_RM_F_RW : L4RE_RM_F_R;
    unsigned cache = cache_mode(s);
    unsigned region_cache = cache == L4_FPAGE_CACHEABLE    ? L4RE_RM_F_CACHE_NORMAL
                            : cache == L4_FPAGE_BUFFERABLE ? L4RE_RM_F_CACHE_BUFFERED
                                                           : L4RE_RM_F_CACHE_UNCACHED;
    int err = vm_attach(&at, bytes, rights | region_cache, bus, first);
    if (!err)
        err = vm_map(gpa & L4_PAGEMASK, at, bytes, writable ? L4_FPAGE_RW : L4_FPAGE_RO, cache);
    if (err)
        return device_error(m->fdt, node, "cannot map device memory 0x%llx: error %d",
                            (unsigned long long)host, err);
    s->used = true;
    log_info("%s: [0x%llx-0x%llx]", name, (unsigned long long)gpa,
             (unsigned long long)(gpa + size - 1));
    return 0;
}

// On a vCPU thread: the guest is done with it, let the hardware ask again.
static void irq_end(struct irq_source *s)
{
    struct hw_irq *h = (struct hw_irq *)s;
    if (h->unmask_by_icu)
        l4_icu_unmask(vicu, h->number, NULL, L4_IPC_NEVER);
    else
        l4_irq_unmask(h->object.cap);
}

// Main thread: the hardware asks.
static l4_msgtag_t irq_raised(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct hw_irq *h = (struct hw_irq *)((char *)o - offsetof(struct hw_irq, object));
    (void)rights;
    (void)tag;
    (void)u;
    irq_line_set(&h->source.line, true);
    if (!h->level) // a pulse; it stays unmasked
        irq_line_set(&h->source.line, false);
    return SRV_NO_REPLY;
}

static struct srv_ops const irq_ops = {.dispatch = irq_raised, .name = "irq",
                                       .proto = L4_PROTO_IRQ};

static unsigned irq_mode(uint32_t flags)
{
    switch (flags) {
    case 1: return L4_IRQ_F_POS_EDGE;
    case 2: return L4_IRQ_F_NEG_EDGE;
    case 8: return L4_IRQ_F_LEVEL_LOW;
    default: return L4_IRQ_F_LEVEL_HIGH;
    }
}

int vbus_bind_irq(struct vm *m, int node, unsigned number, unsigned mode, struct dt_irq const *guest)
{
    if (m->sources[guest->intid]) {
        device_error(m->fdt, node, "interrupt %u is in the tree more than once", guest->intid);
        return 0;
    }
    if (m->irq_user[guest->intid] == IRQ_EMULATED)
        return device_error(m->fdt, node, "interrupt %u is that of an emulated device",
                            guest->intid);
    m->irq_user[guest->intid] = IRQ_HARDWARE;
    vgic_require(&m->gic, guest->intid);
    struct hw_irq *h = device_alloc(sizeof(*h));
    h->source.line = (struct irq_line){&m->gic, guest->intid};
    h->source.end_of_interrupt = irq_end;
    h->number = number;
    bool const fixed = mode;
    if (!fixed)
        mode = irq_mode(guest->flags);
    h->level = mode & L4_IRQ_F_LEVEL;
    h->object.ops = &irq_ops;
    int err = srv_register_irq(&m->events, &h->object);
    if (err)
        fatal("cannot create an IRQ object: error %d", err);
    if (!fixed)
        l4_icu_set_mode(vicu, number, mode);
    long r = l4_error(l4_icu_bind(vicu, number, h->object.cap));
    if (r < 0)
        return device_error(m->fdt, node, "interrupt %u cannot be had: error %ld%s", number, r,
                            r == -L4_EBUSY ? ", another guest has it" : "");
    h->unmask_by_icu = r == 1;
    if (h->level) {
        m->sources[guest->intid] = &h->source;
        vgic_set_notify(&m->gic, guest->intid);
    }
    irq_end(&h->source); // first unmask
    log_info("interrupt %u passed through as %u", number, guest->intid);
    return 0;
}

static int bind_irq(struct vm *m, int node, struct resource *s, unsigned number, struct dt_irq const *guest)
{
    int const err = vbus_bind_irq(m, node, number, s->r.flags, guest);
    s->used |= !err;
    return err;
}

static int check_node(struct vm *m, int node)
{
    struct dt_range r;
    struct dt_irq irq;
    unsigned regs = 0, irqs = 0;
    int err;
    for (; (err = dt_reg(m->fdt, node, regs, &r)) == 0; regs++)
        if (!find_memory(&r)) {
            if (ram_map_find(&m->ram, r.start, r.size))
                continue;
            if (l4_is_valid_cap(bus))
                device_error(m->fdt, node, "reg %u [0x%llx-0x%llx] is not on the vbus", regs,
                             (unsigned long long)r.start,
                             (unsigned long long)(r.start + r.size - 1));
            return -1;
        }
    if (err != DT_NONE && err != DT_NO_RANGE)
        return device_error(m->fdt, node, "reg %u: %s", regs, dt_strerror(err));
    while ((err = dt_interrupt(m->fdt, node, irqs, &irq)) == 0) {
        if (irq.intid < 32 || !find_irq(irq.intid)) {
            if (l4_is_valid_cap(bus))
                device_error(m->fdt, node, "interrupt %u is not on the vbus", irq.intid);
            return -1;
        }
        irqs++;
    }
    return err == DT_MALFORMED ? device_error(m->fdt, node, "interrupts: malformed") : 0;
}

int vbus_pass_through(struct vm *m, int node)
{
    struct dt_range r;
    struct dt_irq irq;
    if (check_node(m, node))
        return -1;
    for (unsigned i = 0; i < MAX_REGS && dt_reg(m->fdt, node, i, &r) == 0; i++) {
        struct resource *s = find_memory(&r);
        if (s && map_memory(m, node, s, r.start, r.start, r.size))
            return -1;
    }
    for (unsigned i = 0; i < MAX_IRQS && dt_interrupt(m->fdt, node, i, &irq) == 0; i++)
        if (bind_irq(m, node, find_irq(irq.intid), irq.intid, &irq))
            return -1;
    return 0;
}

// The first device with this hid of which nothing is in use yet.
static bool find_device(char const *hid, l4vbus_device_handle_t *dev)
{
    *dev = L4VBUS_NULL;
    while (l4vbus_get_device_by_hid(bus, L4VBUS_ROOT_BUS, dev, hid, L4VBUS_MAX_DEPTH, NULL) >= 0) {
        bool used = false;
        for (unsigned i = 0; i < num_resources; i++)
            used |= resources[i].dev == *dev && resources[i].used;
        if (!used)
            return true;
    }
    return false;
}

int vbus_assign_by_hid(struct vm *m, int node)
{
    char const *hid = dt_string(m->fdt, node, "l4vmm,vbus-dev");
    l4vbus_device_handle_t dev;
    struct dt_range r;
    struct dt_irq irq;
    if (!hid || l4_is_invalid_cap(bus) || !find_device(hid, &dev))
        return device_error(m->fdt, node, "device '%s' is not on the vbus", hid ? hid : "?");
    for (unsigned i = 0; i < MAX_REGS && dt_reg(m->fdt, node, i, &r) == 0; i++) {
        struct resource *s = find_by_id(dev, "reg", i);
        if (!s || s->r.end - s->r.start + 1 != r.size)
            fatal("vbus device '%s': resource reg%u is missing or has another size than the tree",
                  hid,
                  i);
        if (map_memory(m, node, s, s->r.start, r.start, r.size))
            return -1;
    }
    for (unsigned i = 0; i < MAX_IRQS && dt_interrupt(m->fdt, node, i, &irq) == 0; i++) {
        struct resource *s = find_by_id(dev, "irq", i);
        if (!s)
            fatal("vbus device '%s': resource irq%u is missing", hid, i);
        if (bind_irq(m, node, s, (unsigned)s->r.start, &irq))
            return -1;
    }
    return 0;
}
