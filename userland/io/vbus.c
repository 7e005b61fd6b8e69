// SPDX-License-Identifier: MIT
// Requests to a virtual bus (l4re-protocols 11; inhibitors and events: 8).
#include "vbus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <l4/re/c/dma_space.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/re/protocols.h>
#include <l4/sys/iommu.h>

#include "pci/function.h"
#include "vbus_dataspace.h"
#include "vbus_pci.h"

enum { STRING_MAX = 256 };

static struct vbus *all;

static struct vbus *of(struct srv_object *o)
{
    return (struct vbus *)((char *)o - offsetof(struct vbus, object));
}

static l4_msgtag_t reply_device(struct bus const *b, l4vbus_device_handle_t h, l4_utcb_t *u)
{
    l4vbus_device_t info;
    struct msg_out out;
    bus_device_info(b, h, &info);
    msg_out_init(&out, u);
    msg_put_u64(&out, (uint64_t)h);
    msg_put_struct(&out, &info, sizeof(info), 4);
    return msg_reply(&out, 0);
}

static l4_msgtag_t get_next(struct bus const *b, l4vbus_device_handle_t parent, struct msg_in *in,
                            l4_utcb_t *u)
{
    l4vbus_device_handle_t current = (l4vbus_device_handle_t)msg_get_u64(in);
    int depth = (int)msg_get_u32(in);
    if (in->err)
        return msg_reply_err(in->err);
    l4vbus_device_handle_t h = bus_next(b, parent, current, depth);
    return h == L4VBUS_NULL ? msg_reply_err(-L4_ENODEV) : reply_device(b, h, u);
}

static l4_msgtag_t get_by_hid(struct bus const *b, l4vbus_device_handle_t parent,
                              struct msg_in *in, l4_utcb_t *u)
{
    char hid[STRING_MAX];
    l4vbus_device_handle_t h = (l4vbus_device_handle_t)msg_get_u64(in);
    int depth = (int)msg_get_u32(in);
    msg_get_string(in, 8, hid, sizeof(hid));
    if (in->err || !hid[0])
        return msg_reply_err(in->err ? in->err : -L4_EINVAL);
    while ((h = bus_next(b, parent, h, depth)) != L4VBUS_NULL) {
        char const *have = bus_device(b, h)->hid;
        if (have && !strcmp(have, hid))
            return reply_device(b, h, u);
    }
    return msg_reply_err(-L4_ENOENT);
}

static l4_msgtag_t get_resource(struct bus_device const *d, struct msg_in *in, l4_utcb_t *u)
{
    unsigned index = msg_get_u32(in);
    if (in->err || index >= d->n_resources)
        return msg_reply_err(in->err ? in->err : -L4_ENOENT);
    struct msg_out out;
    msg_out_init(&out, u);
    msg_put_struct(&out, &d->resources[index], sizeof(d->resources[index]), 8);
    return msg_reply(&out, 0);
}

static l4_msgtag_t get_hid(struct bus_device const *d, l4_utcb_t *u)
{
    struct msg_out out;
    msg_out_init(&out, u);
    msg_put_string(&out, 8, d->hid ? d->hid : "");
    return msg_reply(&out, 0);
}

static l4_msgtag_t get_adr(struct bus_device const *d, l4_utcb_t *u)
{
    struct msg_out out;
    if (!d->has_adr)
        return msg_reply_err(-L4_ENOSYS);
    msg_out_init(&out, u);
    msg_put_u32(&out, d->adr);
    return msg_reply(&out, 0);
}

static l4_msgtag_t is_compatible(struct bus_device const *d, struct msg_in *in)
{
    char cid[STRING_MAX];
    msg_get_string(in, 8, cid, sizeof(cid));
    return msg_reply_err(in->err ? in->err : bus_device_is_compatible(d, cid));
}

static l4_msgtag_t get_vicu(struct vbus *v, struct bus_device const *d, l4_utcb_t *u)
{
    struct msg_out out;
    if (!(d->interfaces & 1u << L4VBUS_INTERFACE_ICU))
        return msg_reply_err(-L4_ENOSYS);
    msg_out_init(&out, u);
    msg_put_cap(&out, v->vicu.object.cap, L4_CAP_FPAGE_RWS);
    return msg_reply(&out, 0);
}

static void stop_dma(struct bus const *b)
{
    for (unsigned i = 0; i < b->n_devices; i++) {
        struct pci_function *f = b->devices[i].pci;
        if (f)
            pci_function_write(f, PCI_COMMAND, 2, pci_function_read(f, PCI_COMMAND, 2) & ~(uint32_t)PCI_COMMAND_MASTER);
    }
}

// The devices use the old space no more: those of PCI are stopped, of others who binds another one, or unbinds it, has made
// sure. Until then its memory stays what it is, also when the driver is gone that devices still obey.
static void forget_dma_space(struct vbus *v, l4_cap_idx_t manager)
{
    if (!v->dma_space)
        return;
    stop_dma(v->bus);
    long err = l4re_dma_space_mgr_disassociate_id(manager, v->dma_space);
    if (err < 0)
        printf("%s: the memory of its devices' last driver is lost: %s\n", v->bus->name, l4sys_errtostr(err));
    v->dma_space = 0;
}

static long bind_dma_space(struct vbus *v, l4_cap_idx_t manager, l4_cap_idx_t space)
{
    l4_uint64_t id;
    long err = l4re_dma_space_mgr_associate_phys_id(manager, space, &id);
    if (err < 0)
        return err;
    forget_dma_space(v, manager);
    v->dma_space = id;
    return 0;
}

static void unbind_devices(struct bus const *b, l4_cap_idx_t space)
{
    stop_dma(b);
    for (unsigned i = 0; i < b->n_devices; i++)
        if (b->devices[i].pci)
            l4_iommu_unbind(l4re_env_get_cap("iommu"), b->devices[i].dma_source, space);
}

// From now on they reach what is in the space, and nothing else. They are stopped first: what they were told of the old one
// does not hold there. When the space's last capability goes the kernel unbinds them.
static long bind_devices(struct bus const *b, l4_cap_idx_t space)
{
    stop_dma(b);
    for (unsigned i = 0; i < b->n_devices; i++) {
        struct bus_device const *d = &b->devices[i];
        long const err = d->pci ? l4_error(l4_iommu_bind(l4re_env_get_cap("iommu"), d->dma_source, space)) : 0;
        if (err < 0) {
            printf("%s: the IOMMU does not take device '%s', source %llx: %s\n", b->name, d->name,
                   (unsigned long long)d->dma_source, l4sys_errtostr(err));
            unbind_devices(b, space);
            return err;
        }
    }
    return 0;
}

// One domain, what an IOMMU keeps to a DMA space of the client's.
static long assign_kernel_space(struct bus const *b, unsigned flags, l4_cap_idx_t space)
{
    if (!(flags & L4VBUS_DMAD_KERNEL_DMA_SPACE))
        return -L4_ENODEV;
    if (flags & L4VBUS_DMAD_BIND)
        return bind_devices(b, space);
    unbind_devices(b, space);
    return 0;
}

// Without an IOMMU all devices that do DMA share one domain, physical memory. The configuration has allowed that.
static long assign_dma_domain(struct vbus *v, struct msg_in *in)
{
    struct msg_item item;
    unsigned domain = msg_get_u32(in), flags = msg_get_u32(in);
    l4_cap_idx_t manager = l4re_env_get_cap("dma_mgr");
    if (in->err)
        return in->err;
    if (!v->bus->dma || domain != L4VBUS_WHOLE_BUS_DMA_DOMAIN)
        return -L4_ENOENT;
    if (!msg_get_item(in, &item) || item.kind != MSG_ITEM_CAP)
        return -L4_EINVAL;
    if (v->bus->iommu)
        return assign_kernel_space(v->bus, flags, item.cap);
    if (flags & L4VBUS_DMAD_KERNEL_DMA_SPACE)
        return -L4_ENODEV;
    if (l4_is_invalid_cap(manager)) {
        printf("%s: io has no capability 'dma_mgr': there is no DMA\n", v->bus->name);
        return -L4_ENODEV;
    }
    if (flags & L4VBUS_DMAD_BIND)
        return bind_dma_space(v, manager, item.cap);
    forget_dma_space(v, manager);
    return 0;
}

static l4_msgtag_t bus_request(struct vbus *v, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    msg_in_init(&in, u, tag);
    l4vbus_device_handle_t handle = (l4vbus_device_handle_t)msg_get_u64(&in);
    uint32_t op = msg_get_u32(&in);
    if (in.err)
        return msg_reply_err(in.err);
    struct bus_device const *d = bus_device(v->bus, handle);
    if (!d)
        return msg_reply_err(-L4_ENODEV);

    switch (op) {
    case L4VBUS_OP_VICU_GET_CAP: return get_vicu(v, d, u);
    case L4VBUS_OP_GET: return reply_device(v->bus, handle, u);
    case L4VBUS_OP_GET_NEXT: return get_next(v->bus, handle, &in, u);
    case L4VBUS_OP_GET_BY_HID: return get_by_hid(v->bus, handle, &in, u);
    case L4VBUS_OP_GET_RESOURCE: return get_resource(d, &in, u);
    case L4VBUS_OP_HID:
    case L4VBUS_OP_GET_HID: return get_hid(d, u);
    case L4VBUS_OP_GET_ADR: return get_adr(d, u);
    case L4VBUS_OP_IS_COMPATIBLE: return is_compatible(d, &in);
    case L4VBUS_OP_REQUEST_RESOURCE: return msg_reply_err(-L4_ENOENT);  // no I/O ports here
    case L4VBUS_OP_PCIROOT_CFG_READ:
    case L4VBUS_OP_PCIROOT_CFG_WRITE:
    case L4VBUS_OP_PCIROOT_IRQ_ENABLE: return vbus_pci_root(v->bus, handle, op, &in, u);
    case L4VBUS_OP_PCIDEV_CFG_READ:
    case L4VBUS_OP_PCIDEV_CFG_WRITE:
    case L4VBUS_OP_PCIDEV_IRQ_ENABLE: return vbus_pci_device(v->bus, handle, op, &in, u);
    case L4VBUS_OP_ASSIGN_DMA_DOMAIN: return msg_reply_err(assign_dma_domain(v, &in));
    default: return msg_reply_err(-L4_ENOSYS);
    }
}

// Held for the client's own sake: io starts no suspend or shutdown of its own.
static l4_msgtag_t inhibitor_request(struct vbus *v, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    msg_in_init(&in, u, tag);
    unsigned op = msg_get_u32(&in);
    uint64_t id = msg_get_u64(&in);
    if (in.err)
        return msg_reply_err(in.err);
    switch (op) {
    case L4RE_INHIBITOR_OP_ACQUIRE:
    case L4RE_INHIBITOR_OP_RELEASE:
        if (id >= L4VBUS_INHIBITOR_MAX)
            return msg_reply_err(-L4_ENOENT);
        if (op == L4RE_INHIBITOR_OP_ACQUIRE)
            v->inhibited |= 1u << id;
        else
            v->inhibited &= ~(1u << id);
        return msg_reply_err(0);
    case L4RE_INHIBITOR_OP_NEXT_LOCK_INFO:
        return msg_reply_err(-L4_ENODEV);
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static l4_msgtag_t event_buffer(struct vbus *v, l4_utcb_t *u)
{
    if (l4_is_invalid_cap(v->event_ds)) {
        l4_cap_idx_t ds = l4re_util_cap_alloc();
        if (l4_is_invalid_cap(ds))
            return msg_reply_err(-L4_ENOMEM);
        long err = l4re_ma_alloc(L4_PAGESIZE, ds, 0);
        if (err < 0) {
            l4re_util_cap_free(ds);
            return msg_reply_err(err);
        }
        v->event_ds = ds;
    }
    struct msg_out out;
    msg_out_init(&out, u);
    msg_put_cap(&out, v->event_ds, L4_CAP_FPAGE_RW);
    return msg_reply(&out, 0);
}

// No event source exists yet; clients that set up their side for it shall succeed.
static l4_msgtag_t event_request(struct vbus *v, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    msg_in_init(&in, u, tag);
    unsigned op = msg_get_u32(&in);
    if (in.err)
        return msg_reply_err(in.err);
    switch (op) {
    case L4RE_EVENT_OP_GET_BUFFER: return event_buffer(v, u);
    case L4RE_EVENT_OP_GET_NUM_STREAMS: return msg_reply_err(0);
    default: return msg_reply_err(-L4_ENOENT);
    }
}

static l4_msgtag_t dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)rights;
    struct vbus *v = of(o);
    switch (l4_msgtag_label(tag)) {
    case L4_PROTO_NONE: return bus_request(v, tag, u);
    case L4RE_PROTO_DATASPACE: return vbus_dataspace_dispatch(v->bus, tag, u);
    case L4RE_PROTO_INHIBITOR: return inhibitor_request(v, tag, u);
    case L4RE_PROTO_EVENT: return event_request(v, tag, u);
    case L4_PROTO_IRQ: return srv_icu_dispatch(&v->event_icu, v->srv, tag, u);
    default: return msg_reply_err(-L4_EBADPROTO);
    }
}

static long const more_protos[] = { L4RE_PROTO_DATASPACE, L4RE_PROTO_INHIBITOR, L4RE_PROTO_EVENT,
                                    L4_PROTO_IRQ };
static struct srv_ops const ops = {
    .dispatch = dispatch,
    .name = "L4vbus::Vbus",
    .proto = L4_PROTO_NONE,
    .more_protos = more_protos,
    .n_more_protos = sizeof(more_protos) / sizeof(more_protos[0]),
};

static l4_msgtag_t refuse(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)o, (void)rights, (void)tag, (void)u;
    return msg_reply_err(-L4_EIO);
}

int vbus_refuse(struct srv *srv, l4_cap_idx_t gate)
{
    static struct srv_ops const refusing = { .dispatch = refuse, .name = "L4vbus::Vbus", .proto = L4_PROTO_NONE };
    struct srv_object *o = calloc(1, sizeof(*o));
    if (!o)
        return -L4_ENOMEM;
    o->ops = &refusing;
    int err = srv_register_cap(srv, o, gate);
    if (err < 0)
        free(o);
    return err;
}

bool vbus_exists(char const *name)
{
    for (struct vbus const *v = all; v; v = v->next)
        if (!strcmp(v->bus->name, name))
            return true;
    return false;
}

int vbus_create(struct srv *srv, struct bus *bus, l4_cap_idx_t gate)
{
    struct vbus *v = vbus_exists(bus->name) ? NULL : calloc(1, sizeof(*v));
    int err = v ? 0 : vbus_exists(bus->name) ? -L4_EEXIST : -L4_ENOMEM;
    if (!err) {
        v->srv = srv;
        v->bus = bus;
        v->event_ds = L4_INVALID_CAP;
        v->object.ops = &ops;
        srv_icu_init(&v->event_icu, &v->event_pin, 1);
        err = vicu_create(&v->vicu, srv, bus);
    }
    if (err >= 0) {
        err = srv_register_cap(srv, &v->object, gate);
        if (err < 0)
            srv_unregister(srv, &v->vicu.object);
    }
    if (err < 0) {
        bus_free(bus);
        free(v);
        return err;
    }
    v->next = all;
    all = v;
    return 0;
}
