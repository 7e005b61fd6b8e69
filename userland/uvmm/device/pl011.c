// SPDX-License-Identifier: MIT
// The PL011 UART as a device of the guest, connected to a console.
#include "device/pl011_regs.h"

#include "device/console.h"
#include "device/device.h"
#include "boot/dt.h"

#include <l4/re/env.h>

struct pl011 {
    struct pl011_regs regs;
    struct lock lock;
    struct irq_line irq;
    struct console console;
    bool starved; // input waits for room
};

static uint64_t pl011_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    struct pl011 *u = ctx;
    (void)v;
    (void)size;
    if (off == PL011_FR) // no lock: one value, kept ready
        return atomic_load_explicit(&u->regs.fr, memory_order_relaxed);
    lock_acquire(&u->lock);
    uint32_t value = pl011_regs_read(&u->regs, (uint32_t)off);
    bool poke = u->starved && pl011_regs_room(&u->regs) >= PL011_FIFO_SIZE / 2;
    if (poke)
        u->starved = false;
    irq_line_set(&u->irq, pl011_regs_irq(&u->regs));
    lock_release(&u->lock);
    if (poke)
        console_poke(&u->console);
    return value;
}

static void pl011_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    struct pl011 *u = ctx;
    (void)v;
    (void)size;
    lock_acquire(&u->lock);
    bool was_on = pl011_regs_on(&u->regs);
    int c = pl011_regs_write(&u->regs, (uint32_t)off, (uint32_t)value);
    bool is_on = pl011_regs_on(&u->regs);
    irq_line_set(&u->irq, pl011_regs_irq(&u->regs));
    lock_release(&u->lock);
    if (c >= 0)
        console_put(&u->console, (char)c);
    if (is_on && !was_on)
        console_listen(&u->console);
    else if (was_on && !is_on)
        console_release(&u->console);
}

// Main thread. Only it fills the FIFO, so the room it sees can only grow meanwhile.
static void pl011_input(struct console *con)
{
    struct pl011 *u = (struct pl011 *)((char *)con - offsetof(struct pl011, console));
    char buf[PL011_FIFO_SIZE];
    bool more;

    lock_acquire(&u->lock);
    unsigned room = pl011_regs_room(&u->regs);
    u->starved = true; // until it turns out that nothing is left
    lock_release(&u->lock);
    if (!room)
        return;
    unsigned n = console_read(con, buf, room, &more);
    lock_acquire(&u->lock);
    pl011_regs_receive(&u->regs, (uint8_t const *)buf, n);
    u->starved = more;
    irq_line_set(&u->irq, pl011_regs_irq(&u->regs));
    lock_release(&u->lock);
}

static struct mmio_ops const pl011_ops = {pl011_read, pl011_write};

static int pl011_create(struct vm *m, int node)
{
    struct dt_range r;
    struct irq_line irq;
    l4_cap_idx_t vcon = device_cap(m, node, "l4vmm,vcon_cap", l4re_env()->log);
    if (l4_is_invalid_cap(vcon) || device_reg(m, node, 0x1000, &r) || device_irq(m, node, 0, &irq))
        return -1;
    struct pl011 *u = device_alloc(sizeof(*u));
    pl011_regs_init(&u->regs);
    if (dt_is_compatible(m->fdt, node, "arm,sbsa-uart"))
        pl011_regs_write(&u->regs, 0x30, 0x301); // firmware leaves it switched on
    lock_init(&u->lock);
    u->irq = irq;
    vm_claim(r.start, 0x1000, "PL011", &pl011_ops, u);
    console_open(&u->console, vcon, "PL011", pl011_input);
    u->console.keeps = true;
    if (pl011_regs_on(&u->regs))
        console_listen(&u->console);
    return 0;
}

DEVICE_TYPE(pl011, .compatible = "arm,pl011", .create = pl011_create);
DEVICE_TYPE(sbsa_uart, .compatible = "arm,sbsa-uart", .create = pl011_create);
