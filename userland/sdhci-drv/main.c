// SPDX-License-Identifier: MIT
// Serves SD cards: those behind the SD host controllers of the bus `vbus`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/block/server.h>
#include <l4/sys/err.h>

#include "disk.h"
#include "slot.h"

static struct sd_bus bus;

static void found(void *ctx, struct sd_slot const *s)
{
    struct sd_disk *d = calloc(1, sizeof(*d));
    char *place = strdup(s->place);
    int err = d && place ? sd_disk_init(d, ctx, s->regs, s->kind, place) : -L4_ENOMEM;
    if (err >= 0)
        err = sd_bus_bind(&bus, s, ctx, &d->irq);
    if (err >= 0)
        block_add_disk(&d->disk);
    else if (err != -L4_ENODEV) // that was said
        printf("controller at %s: %s\n", s->place, l4sys_errtostr(err));
}

static bool start(struct srv *srv)
{
    if (!sd_bus_open(&bus))
        return false;
    sd_bus_scan(&bus, found, srv);
    return true; // without a card each client is told that there is none of its name
}

int main(int argc, char **argv)
{
    static struct block_driver const driver = { .what = "SD cards", .start = start };
    return block_main(&driver, argc, argv);
}
