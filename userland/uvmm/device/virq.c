// SPDX-License-Identifier: MIT
// Interrupts between the guest and other programs: l4vmm,virq-rcv raises a guest interrupt when its
// IRQ object is triggered, l4vmm,virq-snd triggers one when the guest writes to its register.
#include "device/device.h"
#include "boot/dt.h"

#include <l4/sys/irq.h>

struct virq {
    struct srv_object object;
    struct irq_line irq;
};

static l4_msgtag_t virq_raised(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct virq *q = (struct virq *)((char *)o - offsetof(struct virq, object));
    (void)rights;
    (void)tag;
    (void)u;
    irq_line_set(&q->irq, true);
    irq_line_set(&q->irq, false);
    return SRV_NO_REPLY;
}

static struct srv_ops const virq_ops = {.dispatch = virq_raised, .name = "virq",
                                        .proto = L4_PROTO_IRQ};

static int virq_rcv_create(struct vm *m, int node)
{
    struct irq_line irq;
    l4_cap_idx_t cap = device_cap(m, node, "l4vmm,virqcap", L4_INVALID_CAP);
    if (l4_is_invalid_cap(cap) || device_irq(m, node, 0, &irq))
        return -1;
    struct virq *q = device_alloc(sizeof(*q));
    q->irq = irq;
    q->object.ops = &virq_ops;
    int err = srv_register_irq_cap(&m->events, &q->object, cap);
    return err ? device_error(m->fdt, node, "cannot bind the IRQ: error %d", err) : 0;
}

static uint64_t snd_read(void *ctx, struct vcpu *v, uint64_t off, unsigned size)
{
    (void)ctx;
    (void)v;
    (void)off;
    (void)size;
    return 0;
}

static void snd_write(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value)
{
    (void)v;
    (void)off;
    (void)size;
    (void)value;
    l4_irq_trigger((l4_cap_idx_t)ctx);
}

static struct mmio_ops const snd_ops = {snd_read, snd_write};

static int virq_snd_create(struct vm *m, int node)
{
    struct dt_range r;
    l4_cap_idx_t cap = device_cap(m, node, "l4vmm,virqcap", L4_INVALID_CAP);
    if (l4_is_invalid_cap(cap) || device_reg(m, node, 1, &r))
        return -1;
    vm_claim(r.start, r.size, "interrupt sender", &snd_ops, (void *)cap);
    return 0;
}

DEVICE_TYPE(virq_rcv, .compatible = "l4vmm,virq-rcv", .create = virq_rcv_create);
DEVICE_TYPE(virq_snd, .compatible = "l4vmm,virq-snd", .create = virq_snd_create);
