// SPDX-License-Identifier: MIT
// The SP805 watchdog as a device of the guest: when it has run down for the second time, the guest is reset.
#include "device/sp805_regs.h"

#include "boot/dt.h"
#include "device/alarm.h"
#include "device/device.h"

#include <libfdt.h>

#define SECOND 1000000u
#define MAX_FREQUENCY 1000000000u // Hz

enum { EXIT_RESET = 0x66 };

struct sp805 {
    struct sp805_regs regs;
    struct lock lock;
    struct irq_line irq;
    struct alarm alarm;
    uint32_t frequency; // Hz
};

static uint64_t ticks(struct sp805 const *w, uint64_t us)
{
    return us / SECOND * w->frequency + us % SECOND * w->frequency / SECOND;
}

// The first microsecond at which that many have passed.
static uint64_t microseconds(struct sp805 const *w, uint64_t t)
{
    return t / w->frequency * SECOND + (t % w->frequency * SECOND + w->frequency - 1) / w->frequency;
}

// With the lock held.
static void update(struct sp805 *w, uint64_t now)
{
    if (sp805_reset(&w->regs, now))
        vm_exit(EXIT_RESET, "the guest's watchdog asks for a reset");
    irq_line_set(&w->irq, sp805_irq(&w->regs, now));
    uint64_t deadline = sp805_deadline(&w->regs, now);
    alarm_set(&w->alarm, deadline == SP805_NEVER ? ALARM_NEVER : microseconds(w, deadline));
}

static void expired(struct alarm *a)
{
    struct sp805 *w = (struct sp805 *)((char *)a - offsetof(struct sp805, alarm));
    LOCK_SCOPE(&w->lock);
    update(w, ticks(w, alarm_now()));
}

static uint64_t watchdog_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    struct sp805 *w = ctx;
    (void)v;
    (void)size;
    LOCK_SCOPE(&w->lock);
    return sp805_read(&w->regs, (uint32_t)off, ticks(w, alarm_now()));
}

static void watchdog_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    struct sp805 *w = ctx;
    (void)v;
    (void)size;
    LOCK_SCOPE(&w->lock);
    uint64_t now = ticks(w, alarm_now());
    sp805_write(&w->regs, (uint32_t)off, (uint32_t)value, now);
    update(w, now);
}

static struct mmio_ops const watchdog_ops = {watchdog_read, watchdog_write};

// Of its first clock.
static uint32_t find_frequency(struct vm *m, int node)
{
    int len;
    uint32_t const *clock = fdt_getprop(m->fdt, node, "clocks", &len);
    int at = clock && len >= 4 ? fdt_node_offset_by_phandle(m->fdt, fdt32_to_cpu(*clock)) : -1;
    return at < 0 ? 0 : dt_u32(m->fdt, at, "clock-frequency", 0);
}

static int sp805_create(struct vm *m, int node)
{
    struct dt_range r;
    struct irq_line irq;
    uint32_t frequency = find_frequency(m, node);
    if (!frequency || frequency > MAX_FREQUENCY)
        return device_error(m->fdt, node, "its first clock has no clock-frequency up to %u Hz", MAX_FREQUENCY);
    if (device_reg(m, node, 0x1000, &r) || device_irq(m, node, 0, &irq))
        return -1;
    struct sp805 *w = device_alloc(sizeof(*w));
    int err = alarm_init(&w->alarm, expired);
    if (err)
        return device_error(m->fdt, node, "cannot create an IRQ object: error %d", err);
    sp805_init(&w->regs);
    lock_init(&w->lock);
    w->irq = irq;
    w->frequency = frequency;
    vm_claim(r.start, 0x1000, "SP805", &watchdog_ops, w);
    return 0;
}

DEVICE_TYPE(sp805, .compatible = "arm,sp805", .create = sp805_create);
