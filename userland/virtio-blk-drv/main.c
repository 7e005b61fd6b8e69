// SPDX-License-Identifier: MIT
// Serves the machine's virtio disks: all virtio block devices of the bus `vbus`.
#include <stdio.h>
#include <stdlib.h>

#include <l4/block/server.h>
#include <l4/virtio/bus.h>

#include "virtio_disk.h"

enum { VIRTIO_ID_BLOCK = 2 };

static struct virtio_bus bus;

// A disk is served from now on. One that could not be used may still know its queue: it keeps that.
static int found(void *ctx, struct virtio_place const *p)
{
    static unsigned count;
    char name[sizeof("disk") + 10];
    struct virtio_disk *d = calloc(1, sizeof(*d));
    if (!d)
        return -L4_ENOMEM;
    snprintf(name, sizeof(name), "disk%u", count++);
    d->dev = p->dev;
    int err = virtio_disk_init(d, ctx, &bus.dma, name);
    if (err >= 0)
        err = virtio_bus_bind(&bus, p, ctx, &d->irq);
    if (err >= 0)
        block_add_disk(&d->disk);
    return err;
}

static bool start(struct srv *srv)
{
    if (!virtio_bus_open(&bus))
        return false;
    virtio_bus_scan(&bus, VIRTIO_ID_BLOCK, found, srv);
    return true; // without a disk each client is told that there is none of its name
}

int main(int argc, char **argv)
{
    static struct block_driver const driver = { .what = "virtio disks", .start = start };
    return block_main(&driver, argc, argv);
}
