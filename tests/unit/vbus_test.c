// SPDX-License-Identifier: MIT
// Virtual bus: the client library against the server, over a pretended kernel that hands messages
// from one to the other; and messages written by hand against the layout of the protocol.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <l4/re/c/dataspace.h>
#include <l4/re/c/dma_space.h>
#include <l4/re/c/mem_alloc.h>
#include <l4/re/cap_alloc.h>
#include <l4/sys/icu.h>
#include <l4/sys/iommu.h>
#include <l4/vbus/client.h>

#include "iomem.h"
#include "pci_sim.h"
#include "unit_run.h"
#include "vbus.h"

enum { GATE = 0x100000, KERNEL_ICU = 0x200000, VICU_SLOT = 0x300000, CLIENT_IRQ = 0x400000,
       OTHER_GATE = 0x500000, DMA_GATE = 0x580000, IOMMU = 0x700000 };

static l4_utcb_t utcb;
static struct srv server;
static struct srv_object *objects[8];
static unsigned n_objects;
static unsigned kernel_bound[64], kernel_mode[64], kernel_masked, kernel_unmasked;

l4_utcb_t *l4_utcb(void)
{
    return &utcb;
}

// What the kernel's interrupt controller would answer.
static l4_msgtag_t kernel_icu(void)
{
    l4_umword_t *mr = utcb.msg.mr;
    unsigned pin = (unsigned)mr[1];
    switch (mr[0]) {
    case L4_ICU_INFO_OP:
        mr[0] = 0;
        mr[1] = 64;
        mr[2] = 0;
        return l4_msgtag(0, 3, 0, 0);
    case L4_ICU_BIND_OP:
        if (kernel_bound[pin])
            return l4_msgtag(-L4_EINVAL, 0, 0, 0);
        kernel_bound[pin] = (unsigned)l4_fpage_obj((l4_fpage_t){ mr[3] });
        return l4_msgtag(0, 0, 0, 0);
    case L4_ICU_UNBIND_OP:
        kernel_bound[pin] = 0;
        return l4_msgtag(0, 0, 0, 0);
    case L4_ICU_SET_MODE_OP:
        kernel_mode[pin] = (unsigned)mr[2];
        return l4_msgtag(0, 0, 0, 0);
    case L4_ICU_MASK_OP:
        kernel_masked++;
        break;
    case L4_ICU_UNMASK_OP:
        kernel_unmasked++;
        break;
    }
    return l4_msgtag(0, 0, 0, 0);
}

// The kernel's IOMMU: the space of each source, which is a requester here.
static l4_cap_idx_t space_of[0x10000], sent; // what the client sends comes in a slot that is always the same
static unsigned binds, refused_bind; // this bind is refused

static l4_msgtag_t kernel_iommu(void)
{
    l4_umword_t *mr = utcb.msg.mr;
    ck_assert_uint_eq(mr[3] & L4_CAP_INDEX_MASK, CLIENT_IRQ);
    ck_assert_uint_lt(mr[1], 0x10000);
    if (mr[0] == L4_IOMMU_BIND_OP && ++binds == refused_bind)
        return l4_msgtag(-L4_ENOMEM, 0, 0, 0);
    if (mr[0] == L4_IOMMU_BIND_OP)
        space_of[mr[1]] = sent;
    else if (space_of[mr[1]] == sent)
        space_of[mr[1]] = 0;
    return l4_msgtag(0, 0, 0, 0);
}

enum { DMA_MANAGER = 0x600000, DMA_SPACE = 0x900000 };
static l4_cap_idx_t manager, associated;
static l4_uint64_t last_id, disassociated;

l4_cap_idx_t l4re_env_get_cap(char const *name)
{
    return !strcmp(name, "iommu") ? IOMMU : strcmp(name, "dma_mgr") ? L4_INVALID_CAP : manager;
}

l4_ret_t l4re_dma_space_mgr_associate_phys_id(l4re_dma_space_mgr_t mgr, l4re_dma_space_t space, l4_uint64_t *id)
{
    ck_assert(mgr == DMA_MANAGER);
    if (space == associated)
        return -L4_EBUSY;
    associated = space;
    *id = ++last_id;
    return 0;
}

l4_ret_t l4re_dma_space_mgr_disassociate_id(l4re_dma_space_mgr_t mgr, l4_uint64_t id)
{
    ck_assert(mgr == DMA_MANAGER);
    ck_assert_uint_eq(id, last_id - (associated != 0)); // the one before, when the next one is there
    disassociated = id;
    return 0;
}

// Turns sent capability items into received ones, as the kernel would.
static void receive_items(l4_msgtag_t tag)
{
    for (unsigned i = 0; i < l4_msgtag_items(tag); i++) {
        l4_umword_t *w = &utcb.msg.mr[l4_msgtag_words(tag) + 2 * i];
        if (w[0])
            w[0] = (w[0] & ~0xffful) | (w[1] & 0xff0) | L4_ITEM_MAP;
    }
}

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label, (void)to;
    l4_cap_idx_t cap = dest & L4_CAP_INDEX_MASK;
    if (cap == KERNEL_ICU)
        return kernel_icu();
    if (cap == IOMMU)
        return kernel_iommu();
    for (unsigned i = 0; i < n_objects; i++)
        if (objects[i]->cap == cap) {
            // The client's buffers are not the server's, which has its first capability slot at
            // BR0.
            l4_buf_regs_t client = utcb.buf;
            utcb.buf.br[0] = CLIENT_IRQ | L4_RCV_ITEM_SINGLE_CAP;
            receive_items(tag);
            tag = objects[i]->ops->dispatch(objects[i], 0, tag, &utcb);
            utcb.buf = client;
            receive_items(tag);
            return tag;
        }
    ck_abort_msg("call to unknown capability %lx", cap);
}

int srv_register_cap(struct srv *s, struct srv_object *o, l4_cap_idx_t gate)
{
    (void)s;
    o->cap = gate;
    objects[n_objects++] = o;
    return 0;
}

int srv_register(struct srv *s, struct srv_object *o)
{
    static l4_cap_idx_t next = VICU_SLOT;
    int r = srv_register_cap(s, o, next);
    next += L4_CAP_SIZE;
    return r;
}

void srv_unregister(struct srv *s, struct srv_object *o)
{
    (void)s, (void)o;
}

l4_cap_idx_t srv_item_keep(struct srv *s, struct msg_item const *item, bool *owned)
{
    (void)s;
    *owned = true;
    return item->cap;
}

l4_cap_idx_t l4re_util_cap_alloc(void) { return 0x700000; }
void l4re_util_cap_free(l4_cap_idx_t c) { (void)c; }
void l4re_util_cap_free_um(l4_cap_idx_t c) { (void)c; }
long l4re_ma_alloc(unsigned long size, l4re_ds_t ds, unsigned long flags)
{
    (void)size, (void)ds, (void)flags;
    return 0;
}

int iomem_map(uint64_t start, uint64_t end, bool cached, l4_addr_t *local)
{
    (void)cached;
    if (start >= 0x80000000)
        return -L4_ENOMEM;
    ck_assert_uint_le(start, end);
    *local = 0x700000000 + (start & L4_PAGEMASK);
    return 0;
}

static struct sim sim;
static struct pci_root pci = {.space = &sim.space};
static struct pci_function pci_device[2] = {{.root = &pci, .bdf = 1 << 3, .irq = 36}, {.root = &pci, .bdf = 2 << 3}};

// A PCI bus with a device that has an interrupt in slot 0 and one without in slot 3: handles 3, 4, 5.
static void add_pci(struct bus *b)
{
    sim_init(&sim);
    struct bus_device *d = bus_add_device(b, "PCI", "y.vbus:3", 1);
    d->interfaces = 1u << L4VBUS_INTERFACE_PCI;
    for (unsigned i = 0; i < 2; i++) {
        sim_device(&sim, SIM_ROOT, i + 1, 1);
        struct pci_vconfig *view = &pci_device[i].view;
        pci_vconfig_set(view, PCI_VENDOR, 4, 0x56781234 + i, 0);
        pci_vconfig_set(view, PCI_COMMAND, 2, 0x402, 0x406);
        pci_vconfig_set_bar(view, 1, PCI_BAR_32BIT, 0x10000000, 0x1000);
        d = bus_add_device(b, "dev", "y.vbus:4", 2);
        d->interfaces = 1u << L4VBUS_INTERFACE_PCIDEV;
        d->pci = &pci_device[i];
        d->slot = 3 * i;
    }
    d = bus_add_device(b, "elsewhere", "y.vbus:5", 1);
    d->pci = &pci_device[0];
    d->slot = 7;
    b->dma = true;
}

static void setup(void)
{
    vicu_init(KERNEL_ICU);
    struct bus *b = bus_new("vm_hw", "x.vbus:1");
    struct bus_device *d = bus_add_device(b, "PL031", "x.vbus:2", 1);
    bus_add_cid(d, "arm,pl031");
    bus_add_resource(d, 2, 3, 0x9010000, 0x9010fff, "reg0");
    bus_add_resource(d, 1, 3, 34, 34, "irq0");
    d = bus_add_device(b, "big", "x.vbus:3", 1);
    bus_set_hid(d, "BIG");
    d->adr = 5;
    d->has_adr = true;
    bus_add_resource(d, 2, 1, 0x10000000, 0x10ffffff, "reg0");
    bus_add_resource(d, 2, 1, 0x30001000, 0x30003fff, "reg1");
    bus_add_resource(d, 1, 0, 40, 40, "irq0");
    d = bus_add_device(b, "child", "x.vbus:4", 2);
    bus_add_resource(d, 2, 0x23, 0x80000000, 0x80000fff, "reg0");
    bus_add_resource(d, 2, 2, 0x20000000, 0x20000fff, "wr");
    bus_add_resource(d, 2, 0, 0x20001000, 0x20001fff, "no");
    bus_add_resource(d, 2, 1, 0x20002100, 0x200021ff, "ro"); // two parts of a page, neither at its ends
    bus_add_resource(d, 2, 3, 0x20002200, 0x200022ff, "rw");
    ck_assert_int_eq(vbus_create(&server, b, GATE), 0);
    struct bus *o = bus_new("other", "y.vbus:1");
    d = bus_add_device(o, "PL031", "y.vbus:2", 1);
    bus_add_resource(d, 1, 3, 34, 34, "irq0");
    add_pci(o);
    ck_assert_int_eq(vbus_create(&server, o, OTHER_GATE), 0);
}

START_TEST(walk)
{
    static char const *const names[] = { "L4ICU", "", "big", "" };
    l4vbus_device_handle_t dev = L4VBUS_NULL;
    l4vbus_device_t info;
    l4vbus_resource_t r;
    unsigned n = 0;
    while (!l4vbus_get_next_device(GATE, L4VBUS_ROOT_BUS, &dev, L4VBUS_MAX_DEPTH, &info)) {
        ck_assert_uint_lt(n, 4);
        ck_assert_str_eq(info.name, names[n++]);
    }
    ck_assert_uint_eq(n, 4);
    ck_assert_int_eq(l4vbus_get_next_device(GATE, 0, &dev, 100, &info), -L4_ENODEV);
    ck_assert_int_eq(l4vbus_get_next_device(GATE, 77, &dev, 100, &info), -L4_ENODEV);

    ck_assert_int_eq(l4vbus_get_resource(GATE, 2, 1, &r), 0);
    ck_assert(r.type == 1 && r.start == 34 && r.end == 34 && r.flags == 3);
    ck_assert_int_eq(l4vbus_get_resource(GATE, 2, 2, &r), -L4_ENOENT);
    ck_assert_int_eq(l4vbus_get_resource(GATE, -1, 0, &r), -L4_ENODEV);
    ck_assert_int_eq(l4vbus_is_compatible(GATE, 2, "arm,pl031"), 1);
    ck_assert_int_eq(l4vbus_is_compatible(GATE, 2, "arm,pl011"), 0);
    dev = L4VBUS_NULL;
    ck_assert_int_eq(l4vbus_get_device_by_hid(GATE, 0, &dev, "BIG", 100, &info), 0);
    ck_assert_int_eq(dev, 3);
    ck_assert_uint_eq(info.flags, L4VBUS_DEVICE_F_CHILDREN);
    ck_assert_int_eq(l4vbus_get_device_by_hid(GATE, 0, &dev, "BIG", 100, &info), -L4_ENOENT);
    dev = L4VBUS_NULL;
    ck_assert_int_eq(l4vbus_get_device_by_hid(GATE, 0, &dev, "", 100, &info), -L4_EINVAL);
    char hid[8];
    ck_assert_int_eq(l4vbus_get_hid(GATE, 3, hid, sizeof(hid)), 0);
    ck_assert_str_eq(hid, "BIG");
    ck_assert_int_eq(l4vbus_get_hid(GATE, 2, hid, sizeof(hid)), 0);
    ck_assert_str_eq(hid, "");
    uint32_t adr;
    ck_assert_int_eq(l4vbus_get_adr(GATE, 3, &adr), 0);
    ck_assert_uint_eq(adr, 5);
    ck_assert_int_eq(l4vbus_get_adr(GATE, 2, &adr), -L4_ENOSYS);
    ck_assert_int_eq(l4vbus_assign_dma_domain(GATE, ~0u, 1, 0x900000), -L4_ENOENT);
    ck_assert_int_eq(l4vbus_inhibitor_acquire(GATE, L4VBUS_INHIBITOR_SHUTDOWN, "vm"), 0);
    ck_assert_int_eq(l4vbus_inhibitor_release(GATE, L4VBUS_INHIBITOR_SHUTDOWN), 0);
    ck_assert_int_eq(l4vbus_inhibitor_acquire(GATE, 77, "vm"), -L4_ENOENT);
    ck_assert_int_eq(l4vbus_inhibitor_acquire(GATE, L4VBUS_INHIBITOR_MAX, "vm"), -L4_ENOENT);
}
END_TEST

// A bus whose configuration lets a device reach all memory: the driver's DMA space becomes one of physical memory.
START_TEST(dma)
{
    struct bus *b = bus_new("dma", "z.vbus:1");
    b->dma = true;
    ck_assert_int_eq(vbus_create(&server, b, DMA_GATE), 0);
    associated = 0;
    manager = L4_INVALID_CAP;
    ck_assert_int_eq(l4vbus_assign_dma_domain(DMA_GATE, ~0u, L4VBUS_DMAD_BIND, DMA_SPACE), -L4_ENODEV);
    manager = DMA_MANAGER;
    ck_assert_int_eq(l4vbus_assign_dma_domain(DMA_GATE, 0, L4VBUS_DMAD_BIND, DMA_SPACE), -L4_ENOENT);
    ck_assert_int_eq(l4vbus_assign_dma_domain(DMA_GATE, ~0u, 3, DMA_SPACE), -L4_ENODEV);
    ck_assert_int_eq(l4vbus_assign_dma_domain(DMA_GATE, ~0u, 0, DMA_SPACE), 0);
    ck_assert_uint_eq(associated, 0);
    ck_assert_int_eq(l4vbus_assign_dma_domain(DMA_GATE, ~0u, L4VBUS_DMAD_BIND, DMA_SPACE), 0);
    ck_assert_uint_eq(associated, CLIENT_IRQ); // what the server received
    ck_assert_uint_eq(disassociated, 0);
    ck_assert_int_eq(l4vbus_assign_dma_domain(DMA_GATE, ~0u, L4VBUS_DMAD_BIND, DMA_SPACE), -L4_EBUSY);
    ck_assert_uint_eq(disassociated, 0); // its memory stays
    associated = 1;
    ck_assert_int_eq(l4vbus_assign_dma_domain(DMA_GATE, ~0u, L4VBUS_DMAD_BIND, DMA_SPACE), 0);
    ck_assert_uint_eq(disassociated, 1);
    associated = 0;
    ck_assert_int_eq(l4vbus_assign_dma_domain(DMA_GATE, ~0u, 0, DMA_SPACE), 0);
    ck_assert_uint_eq(disassociated, 2);
    disassociated = 0;
    ck_assert_int_eq(l4vbus_assign_dma_domain(DMA_GATE, ~0u, 0, DMA_SPACE), 0);
    ck_assert_uint_eq(disassociated, 0); // once
    l4_umword_t label = 0, *mr = utcb.msg.mr;
    mr[0] = 0;
    mr[1] = 0x14000002 | ~0ul << 32;
    mr[2] = L4VBUS_DMAD_BIND;
    ck_assert_int_eq(l4_msgtag_label(l4_invoke(l4_msgtag(0, 3, 0, 0), &label, DMA_GATE, L4_IPC_NEVER)), -L4_EINVAL);
}
END_TEST

// Words as the protocol's table has them, not as our client makes them.
START_TEST(layout)
{
    l4_umword_t *mr = utcb.msg.mr;
    mr[0] = 0;
    mr[1] = 0x80000003;
    mr[2] = ~0ul;
    mr[3] = 100;
    l4_umword_t label = 0;
    l4_msgtag_t t = l4_invoke(l4_msgtag(0, 4, 0, 0), &label, GATE, L4_IPC_NEVER);
    ck_assert(l4_msgtag_label(t) == 0 && l4_msgtag_words(t) == 11);
    ck_assert_uint_eq(mr[0], 1);
    ck_assert_uint_eq((uint32_t)mr[1], 1);  // interface bit ICU
    ck_assert_str_eq((char *)mr + 12, "L4ICU");

    mr[0] = 2;
    mr[1] = 0x80000004;  // opcode, index 0 above it
    t = l4_invoke(l4_msgtag(0, 2, 0, 0), &label, GATE, L4_IPC_NEVER);
    ck_assert(l4_msgtag_label(t) == 0 && l4_msgtag_words(t) == 5);
    ck_assert_uint_eq(mr[0] & 0xffffffff, 0x30002);
    ck_assert_uint_eq(mr[1], 0x9010000);
    ck_assert_uint_eq(mr[2], 0x9010fff);
    ck_assert_mem_eq((char *)mr + 32, "reg0", 4);

    for (unsigned words = 0; words < 2; words++) {  // too short
        t = l4_invoke(l4_msgtag(0, words, 0, 0), &label, GATE, L4_IPC_NEVER);
        ck_assert_int_eq(l4_msgtag_label(t), -L4_EMSGTOOSHORT);
    }
    t = l4_invoke(l4_msgtag(0x4711, 2, 0, 0), &label, GATE, L4_IPC_NEVER);
    ck_assert_int_eq(l4_msgtag_label(t), -L4_EBADPROTO);
}
END_TEST

// Sends dataspace map, returns the label; the item is in *ctrl and *page.
static long ds_map(uint64_t offset, uint64_t spot, uint64_t flags, l4_umword_t *ctrl,
                   l4_fpage_t *page)
{
    utcb.msg.mr[0] = L4RE_DS_OP_MAP;
    utcb.msg.mr[1] = offset;
    utcb.msg.mr[2] = spot;
    utcb.msg.mr[3] = flags;
    l4_msgtag_t t = objects[1]->ops->dispatch(objects[1], 0,
                                              l4_msgtag(L4RE_PROTO_DATASPACE, 4, 0, 0), &utcb);
    *ctrl = utcb.msg.mr[l4_msgtag_words(t)];
    page->raw = utcb.msg.mr[l4_msgtag_words(t) + 1];
    return l4_msgtag_label(t);
}

START_TEST(device_memory)
{
    l4_umword_t ctrl;
    l4_fpage_t p;
    ck_assert_str_eq(objects[1]->ops->name, "L4vbus::Vbus");
    ck_assert_int_eq(ds_map(0x9010000, 0x5000, L4RE_DS_F_RW, &ctrl, &p), 0);
    ck_assert_uint_eq(l4_fpage_memaddr(p), 0x709010000);
    ck_assert_uint_eq(l4_fpage_size(p), 12);
    ck_assert_uint_eq(l4_fpage_rights(p), L4_FPAGE_RW);
    ck_assert_uint_eq(ctrl, 0x5000 | 8 | 0x10);  // uncached
    ck_assert_int_eq(ds_map(0x9010ff0, 0, L4RE_DS_F_R, &ctrl, &p), 0);
    ck_assert_uint_eq(l4_fpage_rights(p), L4_FPAGE_RO);
    ck_assert_int_eq(ds_map(0x9011000, 0, L4RE_DS_F_R, &ctrl, &p), -L4_ERANGE);
    ck_assert_int_eq(ds_map(~0ull, 0, L4RE_DS_F_R, &ctrl, &p), -L4_ERANGE);

    // large pages where place in the window and place in the device agree
    ck_assert_int_eq(ds_map(0x10305000, 0x105000, L4RE_DS_F_R, &ctrl, &p), 0);
    ck_assert_uint_eq(l4_fpage_size(p), 21);
    ck_assert_uint_eq(l4_fpage_memaddr(p), 0x710200000);
    ck_assert_int_eq(ds_map(0x10305000, 0x106000, L4RE_DS_F_R, &ctrl, &p), 0);
    ck_assert_uint_eq(l4_fpage_size(p), 12);
    ck_assert_uint_eq(l4_fpage_memaddr(p), 0x710305000);
    ck_assert_int_eq(ds_map(0x10000000, 0, L4RE_DS_F_R, &ctrl, &p), 0);
    ck_assert_uint_eq(l4_fpage_size(p), 24);
    ck_assert_int_eq(ds_map(0x30001000, 0x1000, L4RE_DS_F_R, &ctrl, &p), 0); // not with what lies before
    ck_assert_uint_eq(l4_fpage_size(p), 12);
    ck_assert_int_eq(ds_map(0x30002000, 0x2000, L4RE_DS_F_R, &ctrl, &p), 0);
    ck_assert_uint_eq(l4_fpage_size(p), 13);
    ck_assert_int_eq(ds_map(0x10000000, 0, L4RE_DS_F_RW, &ctrl, &p), -L4_EPERM);
    ck_assert_int_eq(ds_map(0x80000000, 0, L4RE_DS_F_R, &ctrl, &p), -L4_ENOMEM);

    l4_umword_t label = 0;
    utcb.msg.mr[0] = L4RE_DS_OP_INFO;
    l4_msgtag_t t = l4_invoke(l4_msgtag(L4RE_PROTO_DATASPACE, 1, 0, 0), &label, GATE, L4_IPC_NEVER);
    ck_assert_int_eq(l4_msgtag_label(t), 0);
    ck_assert_uint_eq(utcb.msg.mr[0], ~0xffful);
    utcb.msg.mr[0] = L4RE_DS_OP_CLEAR;
    t = l4_invoke(l4_msgtag(L4RE_PROTO_DATASPACE, 3, 0, 0), &label, GATE, L4_IPC_NEVER);
    ck_assert_int_eq(l4_msgtag_label(t), -L4_ENOSYS);
}
END_TEST

// What a bus' configuration gives is what a client gets, whatever rights its capability has (ds_map() has none).
START_TEST(device_memory_rights)
{
    enum { R = L4RE_DS_F_R, W = L4RE_DS_F_W, X = L4RE_DS_F_X };
    static struct {
        uint64_t offset;
        unsigned wanted;
        long label;
        unsigned rights;
    } const t[] = {
        { 0x9010000, 0, 0, R },           { 0x9010000, R, 0, R },
        { 0x9010000, R | W, 0, R | W },   { 0x9010000, W, 0, R | W },
        { 0x9010000, R | X, 0, R | X },   { 0x9010000, R | W | X, 0, R | W | X },
        { 0x10000000, R | X, 0, R | X },  { 0x10000000, R | W, -L4_EPERM, 0 },
        { 0x20000000, R | W, 0, R | W },  { 0x20000000, R | X, -L4_EPERM, 0 },
        { 0x20001000, R, -L4_EPERM, 0 },  { 0x20001000, R | W, -L4_EPERM, 0 },
        { 0x20002000, R, 0, R },          { 0x20002000, R | W, 0, R | W }, // the page's second part
        { 0x20003000, R, -L4_ERANGE, 0 },
    };
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        l4_umword_t ctrl;
        l4_fpage_t p;
        long label = ds_map(t[i].offset, 0, t[i].wanted, &ctrl, &p);
        ck_assert_msg(label == t[i].label, "%u: %ld", i, label);
        if (!label)
            ck_assert_msg(l4_fpage_rights(p) == t[i].rights, "%u: rights %u", i, l4_fpage_rights(p));
    }
}
END_TEST

START_TEST(interrupts)
{
    l4_cap_idx_t slot = 0x800000;
    ck_assert_int_eq(l4vbus_vicu(GATE, slot), 0);
    l4_cap_idx_t vicu = objects[0]->cap, other = objects[2]->cap;
    ck_assert_int_eq(l4vbus_vicu_get_cap(GATE, 2, slot), -L4_ENOSYS);

    l4_icu_info_t info;
    ck_assert_int_eq(l4_error(l4_icu_info(vicu, &info)), 0);
    ck_assert_uint_eq(info.nr_irqs, 64);
    ck_assert_uint_eq(info.features, 0);
    ck_assert_int_eq(l4_error(l4_icu_bind(vicu, 35, CLIENT_IRQ)), -L4_ENOENT);
    ck_assert_int_eq(l4_error(l4_icu_bind(vicu, 0xffffffff, CLIENT_IRQ)), -L4_ENOENT);
    ck_assert_int_eq(l4_error(l4_icu_bind(vicu, 34, CLIENT_IRQ)), 0);
    ck_assert_uint_eq(kernel_bound[34], CLIENT_IRQ);
    ck_assert_uint_eq(kernel_mode[34], L4_IRQ_F_LEVEL_HIGH);
    ck_assert_int_eq(l4_error(l4_icu_bind(vicu, 34, CLIENT_IRQ)), -L4_EPERM);
    ck_assert_int_eq(l4_error(l4_icu_bind(other, 34, CLIENT_IRQ)), -L4_EBUSY);
    kernel_bound[34] = 0;  // the client died: the pin is free for another bus
    ck_assert_int_eq(l4_error(l4_icu_bind(other, 34, CLIENT_IRQ)), 0);
    ck_assert_int_eq(l4_error(l4_icu_unbind(other, 34, CLIENT_IRQ)), 0);
    ck_assert_uint_eq(kernel_bound[34], 0);

    ck_assert_int_eq(l4_error(l4_icu_set_mode(vicu, 34, L4_IRQ_F_POS_EDGE)), 0);
    ck_assert_uint_eq(kernel_mode[34], L4_IRQ_F_LEVEL_HIGH);  // fixed by the configuration
    ck_assert_int_eq(l4_error(l4_icu_set_mode(vicu, 40, L4_IRQ_F_POS_EDGE)), 0);
    ck_assert_uint_eq(kernel_mode[40], L4_IRQ_F_POS_EDGE);
    l4_icu_unmask(vicu, 34, NULL, L4_IPC_NEVER);
    l4_icu_mask(vicu, 34, NULL, L4_IPC_NEVER);
    l4_icu_unmask(vicu, 35, NULL, L4_IPC_NEVER);
    ck_assert(kernel_unmasked == 1 && kernel_masked == 1);
    ck_assert_ptr_null(vicu_check(32, 63));
    ck_assert_ptr_nonnull(vicu_check(32, 64));
}
END_TEST

// Random requests: the server answers, and ASan and UBSan have nothing to say.
START_TEST(fuzz)
{
    static long const protos[] = { 0, 0x4000, 0x4006, 0x4007, -1, 5 };
    static uint32_t const ops[] = { 0, 1, 0x14000000, 0x14000002, 0x80000000, 0x80000001,
                                    0x80000002, 0x80000003, 0x80000004, 0x80000006, 0x80000007 };
    srand(1);
    for (unsigned i = 0; i < 100000; i++) {
        for (unsigned k = 0; k < 12; k++)
            utcb.msg.mr[k] = rand() % 2 ? (l4_umword_t)(rand() % 48) - 2
                                        : (l4_umword_t)rand() << 32 | (unsigned)rand();
        if (rand() % 2)
            utcb.msg.mr[1] = ops[rand() % 11] | (l4_umword_t)(rand() % 4) << 32;
        if (rand() % 2)
            utcb.msg.mr[0] = (l4_umword_t)(rand() % 7);
        l4_umword_t label = 0;
        l4_msgtag_t t =
            l4_msgtag(protos[rand() % 6], (unsigned)rand() % 12, (unsigned)rand() % 3, 0);
        l4_invoke(t, &label, rand() % 4 ? (l4_cap_idx_t)GATE : objects[0]->cap, L4_IPC_NEVER);
    }
}
END_TEST

enum { PCI_BUS = 3, PCI_DEV = 4, PCI_DEV_QUIET = 5 };

START_TEST(pci_devices)
{
    uint32_t v = 0;
    uint8_t trigger = 9, polarity = 9;
    ck_assert_int_eq(l4vbus_pcidev_cfg_read(OTHER_GATE, PCI_DEV, PCI_VENDOR, &v, 32), 0);
    ck_assert_uint_eq(v, 0x56781234);
    ck_assert_int_eq(l4vbus_pcidev_cfg_read(OTHER_GATE, PCI_DEV, PCI_DEVICE, &v, 16), 0);
    ck_assert_uint_eq(v, 0x5678);
    ck_assert_int_eq(l4vbus_pcidev_cfg_read(OTHER_GATE, PCI_DEV, PCI_DEVICE + 1, &v, 8), 0);
    ck_assert_uint_eq(v, 0x56);
    ck_assert_int_eq(l4vbus_pcidev_cfg_write(OTHER_GATE, PCI_DEV, PCI_COMMAND, 6, 16), 0);
    ck_assert_uint_eq(sim_get(&sim.f[0], PCI_COMMAND, 2), 6);
    ck_assert_int_eq(l4vbus_pcidev_cfg_write(OTHER_GATE, PCI_DEV, PCI_BAR0 + 4, ~0u, 32), 0);
    ck_assert_int_eq(l4vbus_pcidev_cfg_read(OTHER_GATE, PCI_DEV, PCI_BAR0 + 4, &v, 32), 0);
    ck_assert_uint_eq(v, 0xfffff000);
    static struct { uint32_t reg, bits; } const bad[] = {{1, 16}, {2, 32}, {0, 0}, {0, 64}, {0, 7}, {0, 24}, {4096, 32},
                                                              {~0u, 8}};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_int_eq(l4vbus_pcidev_cfg_read(OTHER_GATE, PCI_DEV, bad[i].reg, &v, bad[i].bits), -L4_EINVAL);
        ck_assert_int_eq(l4vbus_pcidev_cfg_write(OTHER_GATE, PCI_DEV, bad[i].reg, 0, bad[i].bits), -L4_EINVAL);
    }
    ck_assert_int_eq(l4vbus_pcidev_irq_enable(OTHER_GATE, PCI_DEV, &trigger, &polarity), 36);
    ck_assert(trigger == 0 && polarity == 0);
    ck_assert_int_eq(l4vbus_pcidev_irq_enable(OTHER_GATE, PCI_DEV_QUIET, &trigger, &polarity), -L4_EINVAL);
    ck_assert_int_eq(l4vbus_pcidev_cfg_read(OTHER_GATE, PCI_BUS, 0, &v, 32), -L4_ENOSYS);
    ck_assert_int_eq(l4vbus_pcidev_cfg_read(OTHER_GATE, 2, 0, &v, 32), -L4_ENOSYS);
}
END_TEST

START_TEST(pci_by_address)
{
    uint32_t v = 0;
    uint8_t trigger, polarity;
    ck_assert_int_eq(l4vbus_pci_cfg_read(OTHER_GATE, PCI_BUS, 0, 3 << 16, 0, &v, 32), 0);
    ck_assert_uint_eq(v, 0x56781235);
    static struct { uint32_t bus, devfn; } const nothing[] = {{0, 1 << 16}, {1, 0}, {0, 1}, {0, 7 << 16}, {0, 32 << 16},
                                                                   {~0u, ~0u}};
    for (unsigned i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        ck_assert_int_eq(l4vbus_pci_cfg_read(OTHER_GATE, PCI_BUS, nothing[i].bus, nothing[i].devfn, 0, &v, 32), 0);
        ck_assert_uint_eq(v, ~0u);
        ck_assert_int_eq(l4vbus_pci_cfg_write(OTHER_GATE, PCI_BUS, nothing[i].bus, nothing[i].devfn, 4, 7, 16), 0);
        ck_assert_int_eq(l4vbus_pci_irq_enable(OTHER_GATE, PCI_BUS, nothing[i].bus, nothing[i].devfn, &trigger, &polarity), -1);
    }
    ck_assert_int_eq(l4vbus_pci_cfg_write(OTHER_GATE, PCI_BUS, 0, 0, PCI_COMMAND, 4, 16), 0);
    ck_assert_uint_eq(sim_get(&sim.f[0], PCI_COMMAND, 2), 6);
    ck_assert_int_eq(l4vbus_pci_irq_enable(OTHER_GATE, PCI_BUS, 0, 0, &trigger, &polarity), 36);
    ck_assert_int_eq(l4vbus_pci_cfg_read(OTHER_GATE, PCI_DEV, 0, 0, 0, &v, 32), -L4_ENOSYS);
}
END_TEST

// As the protocol has it, without our client.
START_TEST(pci_layout)
{
    utcb.msg.mr[0] = PCI_BUS;
    utcb.msg.mr[1] = 0x08000000;        // opcode, bus
    utcb.msg.mr[2] = 3 << 16;           // devfn, reg
    utcb.msg.mr[3] = 32;                // width
    l4_umword_t label = 0;
    l4_msgtag_t t = l4_invoke(l4_msgtag(0, 4, 0, 0), &label, OTHER_GATE, L4_IPC_NEVER);
    ck_assert_int_eq(l4_msgtag_label(t), 0);
    ck_assert_uint_eq((uint32_t)utcb.msg.mr[0], 0x56781235);
    utcb.msg.mr[0] = PCI_DEV;
    utcb.msg.mr[1] = 0x0c000000 | 2ul << 32;
    utcb.msg.mr[2] = 16;
    t = l4_invoke(l4_msgtag(0, 3, 0, 0), &label, OTHER_GATE, L4_IPC_NEVER);
    ck_assert_uint_eq((uint32_t)utcb.msg.mr[0], 0x5678);
    utcb.msg.mr[0] = PCI_DEV;
    utcb.msg.mr[1] = 0x0c000002;
    t = l4_invoke(l4_msgtag(0, 2, 0, 0), &label, OTHER_GATE, L4_IPC_NEVER);
    ck_assert_uint_eq(utcb.msg.mr[0] & 0xffffffffffff, 36);
    utcb.msg.mr[0] = PCI_DEV;
    utcb.msg.mr[1] = 0x0c000001;
    t = l4_invoke(l4_msgtag(0, 2, 0, 0), &label, OTHER_GATE, L4_IPC_NEVER); // its arguments are missing
    ck_assert_int_lt(l4_msgtag_label(t), 0);
}
END_TEST

// The next driver's memory is not where the last one's device still writes.
START_TEST(pci_dma_ends_with_its_driver)
{
    manager = DMA_MANAGER;
    ck_assert_int_eq(l4vbus_assign_dma_domain(OTHER_GATE, L4VBUS_WHOLE_BUS_DMA_DOMAIN, L4VBUS_DMAD_BIND, DMA_SPACE), 0);
    ck_assert_int_eq(l4vbus_pcidev_cfg_write(OTHER_GATE, PCI_DEV, PCI_COMMAND, PCI_COMMAND_MASTER, 16), 0);
    ck_assert_uint_eq(sim_get(&sim.f[0], PCI_COMMAND, 2), 6);
    associated = 0;
    ck_assert_int_eq(l4vbus_assign_dma_domain(OTHER_GATE, L4VBUS_WHOLE_BUS_DMA_DOMAIN, L4VBUS_DMAD_BIND, DMA_SPACE), 0);
    ck_assert_uint_eq(sim_get(&sim.f[0], PCI_COMMAND, 2), 2);
}
END_TEST

static int64_t assign(unsigned flags, l4_cap_idx_t space)
{
    sent = space;
    return l4vbus_assign_dma_domain(DMA_GATE, L4VBUS_WHOLE_BUS_DMA_DOMAIN, flags, space);
}

// Devices of a bus behind an IOMMU, with sources 0x100, 0x200, 0x300.
START_TEST(kept_to_a_space)
{
    enum { BIND = L4VBUS_DMAD_BIND | L4VBUS_DMAD_KERNEL_DMA_SPACE, UNBIND = L4VBUS_DMAD_KERNEL_DMA_SPACE, SECOND = 0xa00000 };
    struct bus *b = bus_new("kept", "z.vbus:1");
    add_pci(b);
    b->dma = b->iommu = true;
    unsigned n = 0;
    for (unsigned i = 0; i < b->n_devices; i++)
        if (b->devices[i].pci)
            b->devices[i].dma_source = 0x100 * ++n;
    ck_assert_uint_eq(n, 3);
    ck_assert_int_eq(vbus_create(&server, b, DMA_GATE), 0);
    manager = DMA_MANAGER;
    ck_assert_int_eq(assign(L4VBUS_DMAD_BIND, DMA_SPACE), -L4_ENODEV);
    ck_assert(!associated && !space_of[0x100]);
    pci_vconfig_write(&sim.f[0].regs, PCI_COMMAND, 2, 6);
    ck_assert_int_eq(assign(BIND, DMA_SPACE), 0);
    ck_assert(space_of[0x100] == DMA_SPACE && space_of[0x200] == DMA_SPACE);
    // What it did for the last owner it does not do here.
    ck_assert_uint_eq(sim_get(&sim.f[0], PCI_COMMAND, 2) & PCI_COMMAND_MASTER, 0);
    ck_assert_int_eq(assign(UNBIND, SECOND), 0);
    ck_assert(space_of[0x100] == DMA_SPACE);
    refused_bind = binds + 2;
    ck_assert_int_eq(assign(BIND, SECOND), -L4_ENOMEM);
    ck_assert(!space_of[0x100] && space_of[0x200] == DMA_SPACE); // no half of the new one
    ck_assert_int_eq(assign(BIND, SECOND), 0);
    ck_assert(space_of[0x100] == SECOND && space_of[0x200] == SECOND);
    ck_assert_int_eq(assign(UNBIND, SECOND), 0);
    ck_assert(!space_of[0x100] && !space_of[0x200]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vbus");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, walk);
    tcase_add_test(t, dma);
    tcase_add_test(t, layout);
    tcase_add_test(t, device_memory);
    tcase_add_test(t, device_memory_rights);
    tcase_add_test(t, interrupts);
    tcase_add_test(t, pci_devices);
    tcase_add_test(t, pci_by_address);
    tcase_add_test(t, pci_layout);
    tcase_add_test(t, pci_dma_ends_with_its_driver);
    tcase_add_test(t, kept_to_a_space);
    tcase_add_test(t, fuzz);
    suite_add_tcase(s, t);
    return unit_run(s);
}
