// SPDX-License-Identifier: MIT
#include "slot.h"

#include <stdio.h>

#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/icu.h>
#include <l4/sys/irq.h>
#include <l4/vbus/client.h>

enum { REGISTERS = 0x100 };

bool sd_bus_open(struct sd_bus *b)
{
    *b = (struct sd_bus){ .vbus = l4re_env_get_cap("vbus"), .vicu = l4re_util_cap_alloc() };
    if (l4_is_invalid_cap(b->vbus)) {
        fprintf(stderr, "no capability 'vbus': give a bus of io with the machine's SD host controllers\n");
        return false;
    }
    int err = l4vbus_vicu(b->vbus, b->vicu);
    if (err < 0)
        fprintf(stderr, "the bus has no interrupt controller: %s\n", l4sys_errtostr(err));
    return err >= 0;
}

static struct sdhci_kind const *kind_of(struct sd_bus *b, l4vbus_device_handle_t dev)
{
    static struct sdhci_kind const *const kinds[] = { &sdhci_bcm2711, &sdhci_bcm2835, &sdhci_usdhc };
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (l4vbus_is_compatible(b->vbus, dev, kinds[i]->compatible) > 0)
            return kinds[i];
    return NULL;
}

// The first device memory and the first interrupt of a device. False: it lacks one.
static bool find_resources(struct sd_bus *b, l4vbus_device_handle_t dev, unsigned count, uint64_t *regs, struct sd_slot *s)
{
    bool has_regs = false, has_irq = false;
    for (unsigned i = 0; i < count; i++) {
        l4vbus_resource_t one;
        if (l4vbus_get_resource(b->vbus, dev, i, &one) < 0)
            continue;
        if (one.type == L4VBUS_RESOURCE_MEM && !has_regs && one.end - one.start >= REGISTERS - 1) {
            *regs = one.start;
            has_regs = true;
        } else if (one.type == L4VBUS_RESOURCE_IRQ && !has_irq) {
            s->irq = one.start;
            s->irq_mode = one.flags;
            has_irq = true;
        }
    }
    return has_regs && has_irq;
}

// NULL: they cannot be had.
static void *map_registers(struct sd_bus *b, uint64_t at)
{
    void *page = NULL;
    uint64_t const first = l4_trunc_page(at), offset = at - first;
    if (l4re_rm_attach(&page, offset + REGISTERS, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_RW, b->vbus, first, L4_PAGESHIFT) < 0)
        return NULL;
    return (char *)page + offset;
}

void sd_bus_scan(struct sd_bus *b, void (*found)(void *ctx, struct sd_slot const *s), void *ctx)
{
    l4vbus_device_handle_t dev = L4VBUS_NULL;
    l4vbus_device_t info;
    while (l4vbus_get_next_device(b->vbus, L4VBUS_ROOT_BUS, &dev, L4VBUS_MAX_DEPTH, &info) >= 0) {
        struct sd_slot s = { .kind = kind_of(b, dev) };
        uint64_t at = 0;
        if (!s.kind)
            continue;
        if (!find_resources(b, dev, info.num_resources, &at, &s)) {
            printf("a controller of the bus lacks registers or an interrupt\n");
            continue;
        }
        snprintf(s.place, sizeof(s.place), "0x%llx", (unsigned long long)at);
        s.regs = map_registers(b, at);
        if (s.regs)
            found(ctx, &s);
        else
            printf("controller at %s: its registers cannot be had\n", s.place);
    }
}

int sd_bus_bind(struct sd_bus *b, struct sd_slot const *s, struct srv *srv, struct srv_object *irq)
{
    int r = srv_register_irq(srv, irq);
    if (r < 0)
        return r;
    l4_icu_set_mode(b->vicu, (unsigned)s->irq, s->irq_mode);
    long bound = l4_error(l4_icu_bind(b->vicu, (unsigned)s->irq, irq->cap));
    if (bound < 0)
        return (int)bound;
    l4_irq_unmask(irq->cap);
    return 0;
}
