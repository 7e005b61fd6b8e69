// SPDX-License-Identifier: MIT
// Client side of the virtual bus (l4re-protocols 11).
#include <l4/vbus/client.h>

#include <string.h>

#include <l4/re/protocols.h>
#include <l4/srv/msg.h>

static void request(struct msg_out *out, l4vbus_device_handle_t dev, unsigned op)
{
    msg_out_init(out, l4_utcb());
    msg_put_u64(out, (uint64_t)dev);
    msg_put_u32(out, op);
}

static int result(long r, struct msg_in const *in)
{
    return r < 0 ? (int)r : in->err;
}

// Reply of all calls that find a device.
static int get_device_reply(long r, struct msg_in *in, l4vbus_device_handle_t *dev,
                            l4vbus_device_t *info)
{
    if (r < 0)
        return (int)r;
    l4vbus_device_handle_t h = (l4vbus_device_handle_t)msg_get_u64(in);
    l4vbus_device_t d;
    msg_get_struct(in, &d, sizeof(d), 4);
    if (in->err)
        return in->err;
    d.name[sizeof(d.name) - 1] = 0;
    *dev = h;
    if (info)
        *info = d;
    return 0;
}

int l4vbus_get_next_device(l4_cap_idx_t vbus, l4vbus_device_handle_t parent,
                           l4vbus_device_handle_t *dev, int depth, l4vbus_device_t *info)
{
    struct msg_out out;
    struct msg_in in;
    request(&out, parent, L4VBUS_OP_GET_NEXT);
    msg_put_u64(&out, (uint64_t)*dev);
    msg_put_u32(&out, (uint32_t)depth);
    return get_device_reply(msg_call(vbus, L4_PROTO_NONE, &out, &in), &in, dev, info);
}

int l4vbus_get_device_by_hid(l4_cap_idx_t vbus, l4vbus_device_handle_t parent,
                             l4vbus_device_handle_t *dev, char const *hid, int depth,
                             l4vbus_device_t *info)
{
    struct msg_out out;
    struct msg_in in;
    request(&out, parent, L4VBUS_OP_GET_BY_HID);
    msg_put_u64(&out, (uint64_t)*dev);
    msg_put_u32(&out, (uint32_t)depth);
    msg_put_string(&out, 8, hid);
    return get_device_reply(msg_call(vbus, L4_PROTO_NONE, &out, &in), &in, dev, info);
}

int l4vbus_get_device(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, l4vbus_device_t *info)
{
    struct msg_out out;
    struct msg_in in;
    request(&out, dev, L4VBUS_OP_GET);
    return get_device_reply(msg_call(vbus, L4_PROTO_NONE, &out, &in), &in, &dev, info);
}

int l4vbus_get_resource(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, unsigned index,
                        l4vbus_resource_t *res)
{
    struct msg_out out;
    struct msg_in in;
    request(&out, dev, L4VBUS_OP_GET_RESOURCE);
    msg_put_u32(&out, index);
    long r = msg_call(vbus, L4_PROTO_NONE, &out, &in);
    if (r >= 0)
        msg_get_struct(&in, res, sizeof(*res), 8);
    return result(r, &in);
}

int l4vbus_get_hid(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, char *hid, unsigned size)
{
    struct msg_out out;
    struct msg_in in;
    request(&out, dev, L4VBUS_OP_GET_HID);
    long r = msg_call(vbus, L4_PROTO_NONE, &out, &in);
    if (r >= 0)
        msg_get_string(&in, 8, hid, size);
    return result(r, &in);
}

int l4vbus_is_compatible(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, char const *cid)
{
    struct msg_out out;
    request(&out, dev, L4VBUS_OP_IS_COMPATIBLE);
    msg_put_string(&out, 8, cid);
    return (int)msg_call(vbus, L4_PROTO_NONE, &out, NULL);
}

int l4vbus_get_adr(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, uint32_t *adr)
{
    struct msg_out out;
    struct msg_in in;
    request(&out, dev, L4VBUS_OP_GET_ADR);
    long r = msg_call(vbus, L4_PROTO_NONE, &out, &in);
    if (r >= 0)
        *adr = msg_get_u32(&in);
    return result(r, &in);
}

int l4vbus_assign_dma_domain(l4_cap_idx_t vbus, unsigned domain, unsigned flags,
                             l4_cap_idx_t dma_space)
{
    struct msg_out out;
    request(&out, L4VBUS_ROOT_BUS, L4VBUS_OP_ASSIGN_DMA_DOMAIN);
    msg_put_u32(&out, domain);
    msg_put_u32(&out, flags);
    msg_put_cap(&out, dma_space, L4_CAP_FPAGE_RWS);
    return (int)msg_call(vbus, L4_PROTO_NONE, &out, NULL);
}

static int read_reply(l4_cap_idx_t vbus, struct msg_out *out, uint32_t *value)
{
    struct msg_in in;
    long r = msg_call(vbus, L4_PROTO_NONE, out, &in);
    uint32_t const v = r < 0 ? 0 : msg_get_u32(&in);
    if (r >= 0 && !in.err)
        *value = v;
    return result(r, &in);
}

static int irq_reply(l4_cap_idx_t vbus, struct msg_out *out, uint8_t *trigger, uint8_t *polarity)
{
    struct msg_in in;
    long r = msg_call(vbus, L4_PROTO_NONE, out, &in);
    if (r < 0)
        return (int)r;
    int const irq = (int)msg_get_u32(&in);
    *trigger = msg_get_u8(&in);
    *polarity = msg_get_u8(&in);
    return in.err ? in.err : irq;
}

int l4vbus_pcidev_cfg_read(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, uint32_t reg, uint32_t *value, uint32_t bits)
{
    struct msg_out out;
    request(&out, dev, L4VBUS_OP_PCIDEV_CFG_READ);
    msg_put_u32(&out, reg);
    msg_put_u32(&out, bits);
    return read_reply(vbus, &out, value);
}

int l4vbus_pcidev_cfg_write(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, uint32_t reg, uint32_t value, uint32_t bits)
{
    struct msg_out out;
    request(&out, dev, L4VBUS_OP_PCIDEV_CFG_WRITE);
    msg_put_u32(&out, reg);
    msg_put_u32(&out, value);
    msg_put_u32(&out, bits);
    return (int)msg_call(vbus, L4_PROTO_NONE, &out, NULL);
}

int l4vbus_pcidev_irq_enable(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, uint8_t *trigger, uint8_t *polarity)
{
    struct msg_out out;
    request(&out, dev, L4VBUS_OP_PCIDEV_IRQ_ENABLE);
    return irq_reply(vbus, &out, trigger, polarity);
}

static void pci_request(struct msg_out *out, l4vbus_device_handle_t pci, unsigned op, uint32_t bus, uint32_t devfn)
{
    request(out, pci, op);
    msg_put_u32(out, bus);
    msg_put_u32(out, devfn);
}

// NOLINTNEXTLINE(readability-function-size): L4Re's parameters
int l4vbus_pci_cfg_read(l4_cap_idx_t vbus, l4vbus_device_handle_t pci, uint32_t bus, uint32_t devfn, uint32_t reg,
                        uint32_t *value, uint32_t bits)
{
    struct msg_out out;
    pci_request(&out, pci, L4VBUS_OP_PCIROOT_CFG_READ, bus, devfn);
    msg_put_u32(&out, reg);
    msg_put_u32(&out, bits);
    return read_reply(vbus, &out, value);
}

// NOLINTNEXTLINE(readability-function-size): L4Re's parameters
int l4vbus_pci_cfg_write(l4_cap_idx_t vbus, l4vbus_device_handle_t pci, uint32_t bus, uint32_t devfn, uint32_t reg,
                         uint32_t value, uint32_t bits)
{
    struct msg_out out;
    pci_request(&out, pci, L4VBUS_OP_PCIROOT_CFG_WRITE, bus, devfn);
    msg_put_u32(&out, reg);
    msg_put_u32(&out, value);
    msg_put_u32(&out, bits);
    return (int)msg_call(vbus, L4_PROTO_NONE, &out, NULL);
}

int l4vbus_pci_irq_enable(l4_cap_idx_t vbus, l4vbus_device_handle_t pci, uint32_t bus, uint32_t devfn, uint8_t *trigger,
                          uint8_t *polarity)
{
    struct msg_out out;
    pci_request(&out, pci, L4VBUS_OP_PCIROOT_IRQ_ENABLE, bus, devfn);
    msg_put_u32(&out, 0); // the pin, which the device's registers name
    return irq_reply(vbus, &out, trigger, polarity);
}

int l4vbus_vicu_get_cap(l4_cap_idx_t vbus, l4vbus_device_handle_t dev, l4_cap_idx_t icu)
{
    struct msg_out out;
    struct msg_in in;
    request(&out, dev, L4VBUS_OP_VICU_GET_CAP);
    msg_rcv_cap(&out, icu);
    long r = msg_call(vbus, L4_PROTO_NONE, &out, &in);
    if (r < 0)
        return (int)r;
    return l4_is_invalid_cap(msg_get_cap(&in)) ? -L4_EMSGMISSARG : 0;
}

int l4vbus_vicu(l4_cap_idx_t vbus, l4_cap_idx_t icu)
{
    l4vbus_device_handle_t dev = L4VBUS_NULL;
    int r = l4vbus_get_device_by_hid(vbus, L4VBUS_ROOT_BUS, &dev, "L4ICU", L4VBUS_MAX_DEPTH, NULL);
    return r < 0 ? r : l4vbus_vicu_get_cap(vbus, dev, icu);
}

int l4vbus_inhibitor_acquire(l4_cap_idx_t vbus, uint64_t id, char const *reason)
{
    struct msg_out out;
    msg_out_init(&out, l4_utcb());
    msg_put_u32(&out, L4RE_INHIBITOR_OP_ACQUIRE);
    msg_put_u64(&out, id);
    msg_put_string(&out, 2, reason);
    return (int)msg_call(vbus, L4RE_PROTO_INHIBITOR, &out, NULL);
}

int l4vbus_inhibitor_release(l4_cap_idx_t vbus, uint64_t id)
{
    struct msg_out out;
    msg_out_init(&out, l4_utcb());
    msg_put_u32(&out, L4RE_INHIBITOR_OP_RELEASE);
    msg_put_u64(&out, id);
    return (int)msg_call(vbus, L4RE_PROTO_INHIBITOR, &out, NULL);
}
