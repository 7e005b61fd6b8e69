// SPDX-License-Identifier: MIT
// Serves the machine's virtio disks: all virtio block devices of the bus `vbus`.
#include <stdio.h>
#include <stdlib.h>

#include <l4/block/server.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/icu.h>
#include <l4/sys/irq.h>
#include <l4/vbus/client.h>

#include "virtio_disk.h"

enum { VIRTIO_ID_BLOCK = 2 };

static l4_cap_idx_t vbus, vicu;
static struct dma_space dma;

struct resources {
    l4vbus_resource_t regs, irq;
};

// The first device memory and the first interrupt of a device. False: it lacks one.
static bool find_resources(l4vbus_device_handle_t dev, l4vbus_device_t const *info, struct resources *r)
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
static void *map_registers(l4vbus_resource_t const *r)
{
    void *page = NULL;
    uint64_t first = l4_trunc_page(r->start), offset = r->start - first;
    if (l4re_rm_attach(&page, offset + VIRTIO_MMIO_SIZE, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW, vbus, first, L4_PAGESHIFT) < 0)
        return NULL;
    return (char *)page + offset;
}

static int bind_interrupt(struct srv *srv, struct virtio_disk *d, l4vbus_resource_t const *irq)
{
    int r = srv_register_irq(srv, &d->irq);
    if (r < 0)
        return r;
    l4_icu_set_mode(vicu, (unsigned)irq->start, irq->flags);
    long bound = l4_error(l4_icu_bind(vicu, (unsigned)irq->start, d->irq.cap));
    if (bound < 0)
        return (int)bound;
    l4_irq_unmask(d->irq.cap);
    return 0;
}

// What is plugged in there? A disk is served from now on.
static void try_device(struct srv *srv, l4vbus_device_handle_t dev, l4vbus_device_t const *info)
{
    static unsigned count;
    struct resources r = { .regs.start = 0 };
    char name[sizeof("disk") + 10];
    if (!find_resources(dev, info, &r)) {
        printf("a device of the bus lacks registers or an interrupt\n");
        return;
    }
    struct virtio_disk *d = calloc(1, sizeof(*d));
    void *regs = map_registers(&r.regs);
    int err = d && regs ? virtio_mmio_probe(&d->dev, regs) : -L4_ENOMEM;
    if (err == VIRTIO_ID_BLOCK) {
        snprintf(name, sizeof(name), "disk%u", count++);
        err = virtio_disk_init(d, srv, &dma, name);
        if (err >= 0)
            err = bind_interrupt(srv, d, &r.irq);
        if (err >= 0) {
            block_add_disk(&d->disk);
            return; // they stay
        }
    }
    if (err == -L4_ENOSYS)
        printf("device at 0x%llx: a device of before virtio 1.0 (the emulator's force-legacy), left out\n",
               (unsigned long long)r.regs.start);
    else if (err < 0)
        printf("device at 0x%llx: %s\n", (unsigned long long)r.regs.start, l4sys_errtostr(err));
    // Another kind of device is somebody else's. A disk that could not be used may still know its queue: it keeps that.
    if (err >= 0)
        free(d);
}

static bool open_bus(void)
{
    vbus = l4re_env_get_cap("vbus");
    vicu = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(vbus)) {
        fprintf(stderr, "no capability 'vbus': give a bus of io with the machine's virtio devices\n");
        return false;
    }
    int err = l4vbus_vicu(vbus, vicu);
    if (err < 0) {
        fprintf(stderr, "the bus has no interrupt controller: %s\n", l4sys_errtostr(err));
        return false;
    }
    err = dma_space_open(&dma, vbus);
    if (err < 0) {
        fprintf(stderr, "no DMA on the bus: %s%s\n", l4sys_errtostr(err),
                err == -L4_ENOENT ? " (are its devices of class Arm_dma_device?)" : "");
        return false;
    }
    return true;
}

static bool start(struct srv *srv)
{
    l4vbus_device_handle_t dev = L4VBUS_NULL;
    l4vbus_device_t info;
    if (!open_bus())
        return false;
    while (l4vbus_get_next_device(vbus, L4VBUS_ROOT_BUS, &dev, L4VBUS_MAX_DEPTH, &info) >= 0)
        if (l4vbus_is_compatible(vbus, dev, "virtio,mmio") > 0)
            try_device(srv, dev, &info);
    return true; // without a disk each client is told that there is none of its name
}

int main(int argc, char **argv)
{
    static struct block_driver const driver = { .what = "virtio disks", .start = start };
    return block_main(&driver, argc, argv);
}
