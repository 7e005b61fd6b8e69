// SPDX-License-Identifier: MIT
// The PL031 real-time clock as a device of the guest. When uvmm starts it shows the time of the machine's clock, of the same
// kind, on the bus of io that l4vmm,rtccap names; or without it l4vmm,start-time, seconds since 1970. Instead of each clock, a
// node l4rtc may have l4vmm,rtccap for all that have none.
#include "device/pl031_regs.h"

#include "boot/dt.h"
#include "device/alarm.h"
#include "device/device.h"
#include "log.h"

#include <l4/re/c/rm.h>
#include <l4/vbus/client.h>
#include <libfdt.h>

#define SECOND 1000000u
#define L4RTC "l4rtc"

struct pl031 {
    struct pl031_regs regs;
    struct lock lock;
    struct irq_line irq;
    struct alarm alarm;
};

static uint32_t seconds(uint64_t us)
{
    return (uint32_t)(us / SECOND);
}

// With the lock held.
static void update(struct pl031 *c, uint64_t us)
{
    uint32_t left;
    irq_line_set(&c->irq, pl031_irq(&c->regs, seconds(us)));
    bool wants = pl031_alarm(&c->regs, seconds(us), &left);
    alarm_set(&c->alarm, wants ? (us / SECOND + left) * SECOND : ALARM_NEVER);
}

static void expired(struct alarm *a)
{
    struct pl031 *c = (struct pl031 *)((char *)a - offsetof(struct pl031, alarm));
    LOCK_SCOPE(&c->lock);
    update(c, alarm_now());
}

static uint64_t clock_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    struct pl031 *c = ctx;
    (void)v;
    (void)size;
    LOCK_SCOPE(&c->lock);
    return pl031_read(&c->regs, (uint32_t)off, seconds(alarm_now()));
}

static void clock_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    struct pl031 *c = ctx;
    (void)v;
    (void)size;
    LOCK_SCOPE(&c->lock);
    uint64_t us = alarm_now();
    pl031_write(&c->regs, (uint32_t)off, (uint32_t)value, seconds(us));
    update(c, us);
}

static struct mmio_ops const clock_ops = {clock_read, clock_write};

// The guest does not get this clock: it is read once. 0 or a negative error.
static int read_clock(l4_cap_idx_t bus, l4vbus_resource_t const *reg, uint32_t *time)
{
    void *at;
    int err = vm_attach(&at, L4_PAGESIZE, L4RE_RM_F_R | L4RE_RM_F_CACHE_UNCACHED, bus, reg->start & L4_PAGEMASK);
    if (err)
        return err;
    *time = *(uint32_t volatile const *)((char *)at + (reg->start & ~L4_PAGEMASK));
    l4re_rm_detach(at);
    return 0;
}

static int find_clock(l4_cap_idx_t bus, l4vbus_resource_t *reg)
{
    l4vbus_device_handle_t dev = L4VBUS_NULL;
    l4vbus_device_t info;
    while (l4vbus_get_next_device(bus, L4VBUS_ROOT_BUS, &dev, L4VBUS_MAX_DEPTH, &info) >= 0) {
        if (l4vbus_is_compatible(bus, dev, "arm,pl031") <= 0)
            continue;
        for (unsigned i = 0; i < info.num_resources; i++)
            if (l4vbus_get_resource(bus, dev, i, reg) >= 0 && reg->type == L4VBUS_RESOURCE_MEM && !(reg->start & 3))
                return 0;
    }
    return -L4_ENODEV;
}

static uint32_t start_time(struct vm *m, int node)
{
    l4vbus_resource_t reg;
    int source = fdt_getprop(m->fdt, node, "l4vmm,rtccap", NULL) ? node : dt_find_compatible(m->fdt, L4RTC);
    uint32_t time = dt_u32(m->fdt, node, "l4vmm,start-time", 0);
    if (source < 0)
        return time;
    l4_cap_idx_t bus = device_cap(m, source, "l4vmm,rtccap", L4_INVALID_CAP);
    int err = l4_is_invalid_cap(bus) ? -L4_ENOENT : find_clock(bus, &reg);
    if (!err)
        err = read_clock(bus, &reg, &time);
    if (err)
        device_error(m->fdt, source, "l4vmm,rtccap names no bus with a PL031 (error %d): the clock begins at %u", err, time);
    return time;
}

static int pl031_create(struct vm *m, int node)
{
    struct dt_range r;
    struct irq_line irq;
    if (device_reg(m, node, 0x1000, &r) || device_irq(m, node, 0, &irq))
        return -1;
    struct pl031 *c = device_alloc(sizeof(*c));
    int err = alarm_init(&c->alarm, expired);
    if (err)
        return device_error(m->fdt, node, "cannot create an IRQ object: error %d", err);
    pl031_init(&c->regs, start_time(m, node), seconds(alarm_now()));
    lock_init(&c->lock);
    c->irq = irq;
    vm_claim(r.start, 0x1000, "PL031", &clock_ops, c);
    return 0;
}

DEVICE_TYPE(pl031, .compatible = "arm,pl031", .on_demand = true, .wish = L4RTC, .create = pl031_create);
