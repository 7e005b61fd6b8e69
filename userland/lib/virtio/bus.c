// SPDX-License-Identifier: MIT
#include <l4/virtio/bus.h>

#include <stdio.h>

#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/icu.h>
#include <l4/sys/irq.h>
#include <l4/vbus/client.h>

struct resources {
    l4vbus_resource_t regs, irq;
};

// The first device memory and the first interrupt of a device. False: it lacks one.
static bool find_resources(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, l4vbus_device_t const *info, struct resources *r)
{
    bool regs = false, irq = false;
    for (unsigned i = 0; i < info->num_resources; i++) {
        l4vbus_resource_t one;
        if (l4vbus_get_resource(vbus, dev, i, &one) < 0)
            continue;
        if (one.type == L4VBUS_RESOURCE_MEM && !regs && one.end - one.start >= VIRTIO_MMIO_SIZE - 1) {
            r->regs = one;
            regs = true;
        } else if (one.type == L4VBUS_RESOURCE_IRQ && !irq) {
            r->irq = one;
            irq = true;
        }
    }
    return regs && irq;
}

// Registers as they are mapped here. NULL: they cannot be had.
static void *map_registers(l4_cap_idx_t vbus, l4vbus_resource_t const *r)
{
    void *page = NULL;
    uint64_t first = l4_trunc_page(r->start), offset = r->start - first;
    if (l4re_rm_attach(&page, offset + VIRTIO_MMIO_SIZE, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW, vbus, first, L4_PAGESHIFT) < 0)
        return NULL;
    return (char *)page + offset;
}

// What is plugged in there is quiet from now on.
static int probe(l4_cap_idx_t vbus, struct resources const *r, struct virtio_place *p)
{
    void *regs = map_registers(vbus, &r->regs);
    *p = (struct virtio_place){ .at = r->regs.start, .irq = r->irq.start, .irq_mode = r->irq.flags };
    int id = regs ? virtio_mmio_probe(&p->dev, regs) : -L4_ENOMEM;
    if ((id > 0 || id == -L4_ENOSYS) && !virtio_mmio_reset(&p->dev))
        return -L4_EIO;
    p->id = id > 0 ? (unsigned)id : 0;
    return id;
}

static void say(struct virtio_place const *p, int err)
{
    if (err == -L4_ENOSYS)
        printf("device at 0x%llx: a device of before virtio 1.0 (the emulator's force-legacy), left out\n",
               (unsigned long long)p->at);
    else if (err < 0)
        printf("device at 0x%llx: %s\n", (unsigned long long)p->at, l4sys_errtostr(err));
}

// False: not all of them are known to be quiet.
static bool find_devices(struct virtio_bus *b)
{
    bool quiet = true;
    l4vbus_device_handle_t dev = L4VBUS_NULL;
    l4vbus_device_t info;
    while (l4vbus_get_next_device(b->vbus, L4VBUS_ROOT_BUS, &dev, L4VBUS_MAX_DEPTH, &info) >= 0) {
        struct resources r = { .regs.start = 0 };
        struct virtio_place *p = &b->places[b->count];
        if (l4vbus_is_compatible(b->vbus, dev, "virtio,mmio") <= 0)
            continue;
        if (b->count == VIRTIO_BUS_DEVICES || !find_resources(b->vbus, dev, &info, &r)) {
            printf("a device of the bus %s\n", b->count == VIRTIO_BUS_DEVICES ? "is one more than 32"
                                                                               : "lacks registers or an interrupt");
            quiet = false;
            continue;
        }
        int err = probe(b->vbus, &r, p);
        say(p, err);
        quiet = quiet && err != -L4_EIO && err != -L4_ENOMEM;
        if (p->id)
            b->count++;
    }
    return quiet;
}

bool virtio_bus_open(struct virtio_bus *b)
{
    *b = (struct virtio_bus){ .vbus = l4re_env_get_cap("vbus"), .vicu = l4re_util_cap_alloc() };
    if (l4_is_invalid_cap(b->vbus)) {
        fprintf(stderr, "no capability 'vbus': give a bus of io with the machine's virtio devices\n");
        return false;
    }
    int err = l4vbus_vicu(b->vbus, b->vicu);
    if (err < 0) {
        fprintf(stderr, "the bus has no interrupt controller: %s\n", l4sys_errtostr(err));
        return false;
    }
    if (!find_devices(b)) {
        fprintf(stderr, "the bus has a device that may still use the memory of its last driver\n");
        return false;
    }
    err = dma_space_open(&b->dma, b->vbus);
    if (err < 0) {
        fprintf(stderr, "no DMA on the bus: %s%s\n", l4sys_errtostr(err),
                err == -L4_ENOENT ? " (are its devices of class Arm_dma_device?)" : "");
        return false;
    }
    return true;
}

void virtio_bus_scan(struct virtio_bus *b, unsigned id, int (*found)(void *ctx, struct virtio_place const *p), void *ctx)
{
    for (unsigned i = 0; i < b->count; i++)
        if (b->places[i].id == id)
            say(&b->places[i], found(ctx, &b->places[i]));
}

int virtio_bus_bind(struct virtio_bus *b, struct virtio_place const *p, struct srv *srv, struct srv_object *irq)
{
    int r = srv_register_irq(srv, irq);
    if (r < 0)
        return r;
    l4_icu_set_mode(b->vicu, (unsigned)p->irq, p->irq_mode);
    long bound = l4_error(l4_icu_bind(b->vicu, (unsigned)p->irq, irq->cap));
    if (bound < 0)
        return (int)bound;
    l4_irq_unmask(irq->cap);
    return 0;
}
