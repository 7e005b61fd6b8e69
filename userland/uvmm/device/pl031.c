// SPDX-License-Identifier: MIT
// The PL031 real-time clock as a device of the guest. It shows l4vmm,start-time, seconds since 1970, when uvmm starts, and
// goes on from there.
#include "device/pl031_regs.h"

#include "boot/dt.h"
#include "device/alarm.h"
#include "device/device.h"

#define SECOND 1000000u

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
    lock_acquire(&c->lock);
    update(c, alarm_now());
    lock_release(&c->lock);
}

static uint64_t clock_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    struct pl031 *c = ctx;
    (void)v;
    (void)size;
    lock_acquire(&c->lock);
    uint32_t value = pl031_read(&c->regs, (uint32_t)off, seconds(alarm_now()));
    lock_release(&c->lock);
    return value;
}

static void clock_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    struct pl031 *c = ctx;
    (void)v;
    (void)size;
    lock_acquire(&c->lock);
    uint64_t us = alarm_now();
    pl031_write(&c->regs, (uint32_t)off, (uint32_t)value, seconds(us));
    update(c, us);
    lock_release(&c->lock);
}

static struct mmio_ops const clock_ops = {clock_read, clock_write};

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
    pl031_init(&c->regs, dt_u32(m->fdt, node, "l4vmm,start-time", 0), seconds(alarm_now()));
    lock_init(&c->lock);
    c->irq = irq;
    vm_claim(r.start, 0x1000, "PL031", &clock_ops, c);
    return 0;
}

DEVICE_TYPE(pl031, .compatible = "arm,pl031", .create = pl031_create);
