// SPDX-License-Identifier: MIT
#include "vbus_pci.h"

#include "pci/function.h"

enum { NOTHING = -1, TRIGGER_LEVEL = 0, POLARITY_HIGH = 0, BITS_PER_BYTE = 8 };

// The width comes in bits. 0: there is no such access.
static unsigned access_bytes(uint32_t reg, uint32_t width)
{
    unsigned const bytes = width / BITS_PER_BYTE;
    return width % BITS_PER_BYTE || !pci_access_ok(reg, bytes) ? 0 : bytes;
}

static l4_msgtag_t reply_value(uint32_t value, l4_utcb_t *u)
{
    struct msg_out out;
    msg_out_init(&out, u);
    msg_put_u32(&out, value);
    return msg_reply(&out, 0);
}

static l4_msgtag_t reply_irq(int irq, l4_utcb_t *u)
{
    struct msg_out out;
    msg_out_init(&out, u);
    msg_put_u32(&out, (uint32_t)irq);
    msg_put_u8(&out, TRIGGER_LEVEL);
    msg_put_u8(&out, POLARITY_HIGH);
    return msg_reply(&out, 0);
}

// d: NULL, nothing is there.
static l4_msgtag_t read_register(struct bus_device const *d, struct msg_in *in, l4_utcb_t *u)
{
    uint32_t const reg = msg_get_u32(in), width = msg_get_u32(in);
    unsigned const bytes = access_bytes(reg, width);
    if (in->err || !bytes)
        return msg_reply_err(in->err ? in->err : -L4_EINVAL);
    return reply_value(d ? pci_function_read(d->pci, reg, bytes) : ~0u, u);
}

static l4_msgtag_t write_register(struct bus_device const *d, struct msg_in *in)
{
    uint32_t const reg = msg_get_u32(in), value = msg_get_u32(in), width = msg_get_u32(in);
    unsigned const bytes = access_bytes(reg, width);
    if (in->err || !bytes)
        return msg_reply_err(in->err ? in->err : -L4_EINVAL);
    if (d)
        pci_function_write(d->pci, reg, bytes, value);
    return msg_reply_err(0);
}

// The device at the message's bus and device number: all are on bus 0, as function 0.
static struct bus_device const *addressed(struct bus const *b, l4vbus_device_handle_t handle, struct msg_in *in)
{
    uint32_t const bus = msg_get_u32(in), devfn = msg_get_u32(in);
    return bus || devfn & 0xffff ? NULL : bus_pci_device(b, handle, devfn >> 16);
}

l4_msgtag_t vbus_pci_root(struct bus const *b, l4vbus_device_handle_t handle, uint32_t op, struct msg_in *in, l4_utcb_t *u)
{
    if (!(bus_device(b, handle)->interfaces & 1u << L4VBUS_INTERFACE_PCI))
        return msg_reply_err(-L4_ENOSYS);
    struct bus_device const *d = addressed(b, handle, in);
    unsigned irq;
    switch (op) {
    case L4VBUS_OP_PCIROOT_CFG_READ:
        return read_register(d, in, u);
    case L4VBUS_OP_PCIROOT_CFG_WRITE:
        return write_register(d, in);
    case L4VBUS_OP_PCIROOT_IRQ_ENABLE:
        irq = in->err || !d ? 0 : pci_function_enable_irq(d->pci);
        return in->err ? msg_reply_err(in->err) : reply_irq(irq ? (int)irq : NOTHING, u);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

l4_msgtag_t vbus_pci_device(struct bus const *b, l4vbus_device_handle_t handle, uint32_t op, struct msg_in *in, l4_utcb_t *u)
{
    struct bus_device const *d = bus_device(b, handle);
    unsigned irq;
    if (!d->pci)
        return msg_reply_err(-L4_ENOSYS);
    switch (op) {
    case L4VBUS_OP_PCIDEV_CFG_READ:
        return read_register(d, in, u);
    case L4VBUS_OP_PCIDEV_CFG_WRITE:
        return write_register(d, in);
    case L4VBUS_OP_PCIDEV_IRQ_ENABLE:
        irq = pci_function_enable_irq(d->pci);
        return irq ? reply_irq((int)irq, u) : msg_reply_err(-L4_EINVAL);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}
