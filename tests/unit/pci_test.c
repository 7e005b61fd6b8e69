// SPDX-License-Identifier: MIT
// PCI of io, against pretended hardware: what is found, where it is put, what of it a client sees; and hardware that lies.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "pci/function.h"
#include "pci_sim.h"
#include "unit_run.h"

enum { MEM32 = PCI_BAR_32BIT, MEM64 = PCI_BAR_64BIT, PREF64 = PCI_BAR_64BIT | PCI_BAR_PREFETCHABLE, MIB = 1 << 20 };

static struct sim sim;
static struct pci_root root;
static char reported[65536];

static void report(void *ctx, bool error, char const *text)
{
    size_t const used = strlen(reported);
    ck_assert_ptr_eq(ctx, &sim);
    ck_assert(error);
    snprintf(reported + used, sizeof(reported) - used, "%s\n", text);
}

static void setup(void)
{
    sim_init(&sim);
    reported[0] = 0;
    root = (struct pci_root){
        .space = &sim.space, .window = {{0x10000000, 0x3efeffff}, {0x8000000000, 0xffffffffff}},
        .irq = {35, 36, 37, 38}, .report = report, .ctx = &sim,
    };
}

static void teardown(void)
{
    free(root.function);
}

static struct pci_function *function(char const *name)
{
    for (unsigned i = 0; i < root.n; i++) {
        char is[PCI_NAME_SIZE];
        pci_name(is, root.function[i].bdf);
        if (!strcmp(is, name))
            return &root.function[i];
    }
    return NULL;
}

#define SAYS(text) ck_assert_msg(strstr(reported, text) != NULL, "no '%s' in:\n%s", text, reported)

static bool inside(uint64_t first, uint64_t size, struct pci_window w)
{
    return first >= w.start && size - 1 <= w.end - first;
}

// The windows that lead to what is behind the bridge `parent`.
static struct pci_window way(struct pci_function const *parent, unsigned pool)
{
    return parent ? parent->window[pool] : root.window[pool];
}

static void check_bar(struct pci_function const *f, unsigned i)
{
    struct pci_bar const *b = &f->bar[i];
    struct sim_function *s = sim_find(&sim, f->bdf);
    ck_assert_uint_eq(b->address % (b->size < 4096 ? 4096 : b->size), 0);
    ck_assert(inside(b->address, b->size, way(f->parent, PCI_LOW)) || inside(b->address, b->size, way(f->parent, PCI_HIGH)));
    ck_assert_uint_eq(pci_vconfig_bar(&s->regs, i), b->address);
    for (unsigned k = 0; k < root.n; k++)
        for (unsigned j = 0; j < PCI_BARS; j++) {
            struct pci_bar const *o = &root.function[k].bar[j];
            ck_assert(o == b || !o->size || root.function[k].refused || o->address / 4096 > (b->address + b->size - 1) / 4096 ||
                      b->address / 4096 > (o->address + o->size - 1) / 4096);
        }
}

static void check_bridge(struct pci_function const *f)
{
    struct sim_function *s = sim_find(&sim, f->bdf);
    for (unsigned pool = 0; pool < PCI_POOLS; pool++) {
        struct pci_window const *w = &f->window[pool];
        uint64_t const upper = pool == PCI_HIGH ? sim_get(s, PCI_PREF_BASE_UPPER, 4) : 0;
        uint32_t const regs = sim_get(s, pool == PCI_LOW ? PCI_MEMORY_BASE : PCI_PREF_BASE, 4);
        uint64_t const start = upper << 32 | (uint64_t)(regs & 0xfff0) << 16;
        if (w->end < w->start) {
            ck_assert((regs & 0xfff0) > (regs >> 16 & 0xfff0)); // closed
            continue;
        }
        ck_assert_uint_eq(start, w->start);
        ck_assert_uint_eq(regs >> 20, w->end >> 20 & 0xfff);
        ck_assert_uint_eq((w->end + 1) % MIB, 0);
        ck_assert(inside(w->start, w->end - w->start + 1, way(f->parent, pool)));
        for (unsigned k = 0; k < root.n; k++) {
            struct pci_window const *o = &root.function[k].window[pool];
            if (&root.function[k] != f && root.function[k].parent == f->parent && o->end >= o->start)
                ck_assert(o->start > w->end || w->start > o->end);
        }
    }
}

// Nothing overlaps, all lies in the windows before it, and the hardware has been told so.
static void check_all(void)
{
    for (unsigned i = 0; i < root.n; i++) {
        struct pci_function const *f = &root.function[i];
        uint32_t const command = sim_get(sim_find(&sim, f->bdf), PCI_COMMAND, 2);
        ck_assert_uint_eq(command, f->refused ? 0x400 : f->bridge ? 0x406 : 0x402);
        if (f->refused)
            continue;
        if (f->bridge)
            check_bridge(f);
        for (unsigned k = 0; k < PCI_BARS; k++)
            if (f->bar[k].size)
                check_bar(f, k);
    }
}

static struct sim_function *device_with(int parent, unsigned dev, unsigned flags, uint64_t size)
{
    struct sim_function *f = sim_device(&sim, parent, dev, 1);
    pci_vconfig_set_bar(&f->regs, 0, flags, 0x77770000, size);
    return f;
}

START_TEST(devices_get_addresses)
{
    struct sim_function *net = device_with(SIM_ROOT, 1, MEM32, 0x1000);
    pci_vconfig_set_bar(&net->regs, 4, PREF64, 0x1234567800000000, 0x4000);
    pci_vconfig_set(&net->regs, PCI_BAR0 + 4, 4, 0xc001, 0xffe0); // I/O ports
    int const port = sim_bridge(&sim, SIM_ROOT, 2);
    device_with(port, 0, MEM64, 0x4000);
    int const upstream = sim_bridge(&sim, SIM_ROOT, 3);
    int const downstream = sim_bridge(&sim, upstream, 5);
    struct sim_function *deep = device_with(downstream, 9, PREF64, 8ull << 30);
    pci_vconfig_set_bar(&deep->regs, 2, MEM32, 0, 16);
    device_with(upstream, 7, MEM32, 2 * MIB);
    sim_bridge(&sim, SIM_ROOT, 31); // nothing is behind it
    ck_assert_int_eq(pci_scan(&root), 0);
    ck_assert_str_eq(reported, "");
    ck_assert_uint_eq(root.n, 8);
    ck_assert_uint_eq(root.busses, 5);
    check_all();
    struct pci_function *f = function("00:01.0");
    ck_assert(f->vendor == 0x1af4 && f->device == 0x1234 && f->class_code == 0x010802 && f->revision == 3);
    ck_assert(f->subsystem_vendor == 0x5678 && f->subsystem == 0xabcd);
    ck_assert(f->bar[0].size == 0x1000 && !f->bar[1].size && f->bar[4].size == 0x4000);
    ck_assert(inside(f->bar[4].address, f->bar[4].size, root.window[PCI_HIGH]));
    ck_assert_uint_eq(sim_get(net, PCI_BAR0 + 4, 4), 1);
    ck_assert_uint_eq(sim_get(net, PCI_ROM, 4), 0);
    // A bridge's window for what cannot be prefetched ends at 4 GiB.
    ck_assert_uint_lt(function("01:00.0")->bar[0].address, 0x40000000);
    f = function("03:09.0");
    ck_assert(f->bar[0].size == 8ull << 30 && f->bar[0].address >= 0x8000000000 && f->bar[2].size == 16);
    ck_assert_uint_eq(sim_get(&sim.f[upstream], PCI_SUBORDINATE_BUS, 1), 3);
    ck_assert_uint_eq(sim_get(&sim.f[downstream], PCI_PRIMARY_BUS, 1), 2);
}
END_TEST

START_TEST(interrupts_turn_at_bridges)
{
    for (unsigned pin = 0; pin <= 4; pin++)
        sim_device(&sim, SIM_ROOT, pin + 8, pin);
    int const bridge = sim_bridge(&sim, SIM_ROOT, 2);
    sim_device(&sim, bridge, 3, 2);
    sim_device(&sim, sim_bridge(&sim, bridge, 1), 1, 4);
    sim_device(&sim, SIM_ROOT, 20, 5);
    ck_assert_int_eq(pci_scan(&root), 0);
    static unsigned const want[] = {0, 36, 38, 36, 38}; // (pin - 1 + device) mod 4
    for (unsigned pin = 0; pin <= 4; pin++) {
        char name[PCI_NAME_SIZE];
        pci_name(name, (pci_bdf_t)((pin + 8) << 3));
        ck_assert_uint_eq(function(name)->irq, want[pin]);
    }
    ck_assert_uint_eq(function("01:03.0")->irq, 35 + (1 + 3 + 2) % 4);
    ck_assert_uint_eq(function("02:01.0")->irq, 35 + (3 + 1 + 1 + 2) % 4);
    SAYS("00:14.0 (1af4:1234) is left out: it has an interrupt pin beyond D");
    check_all();
}
END_TEST

START_TEST(functions_of_a_device)
{
    sim_add(&sim, SIM_ROOT, 4, 0, PCI_HEADER_DEVICE | PCI_HEADER_MULTI_FUNCTION);
    sim_add(&sim, SIM_ROOT, 4, 7, PCI_HEADER_DEVICE);
    sim_add(&sim, SIM_ROOT, 5, 3, PCI_HEADER_DEVICE); // without function 0 there are no others
    sim_add(&sim, SIM_ROOT, 6, 0, PCI_HEADER_DEVICE);
    sim_add(&sim, SIM_ROOT, 6, 1, PCI_HEADER_DEVICE); // function 0 says that it is alone
    ck_assert_int_eq(pci_scan(&root), 0);
    ck_assert_uint_eq(root.n, 3);
    ck_assert(function("00:04.0") && function("00:04.7") && function("00:06.0"));
}
END_TEST

START_TEST(a_port_has_one_device)
{
    int const port = sim_bridge(&sim, SIM_ROOT, 1);
    pci_vconfig_set(&sim.f[port].regs, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES, 0);
    pci_vconfig_set(&sim.f[port].regs, PCI_CAPABILITIES, 1, 0x40, 0);
    pci_vconfig_set(&sim.f[port].regs, 0x40, 4, 0x00420010, 0); // PCI Express, root port
    for (unsigned dev = 0; dev < 32; dev++)
        sim_device(&sim, port, dev, 1);
    ck_assert_int_eq(pci_scan(&root), 0);
    ck_assert_uint_eq(root.n, 2);
}
END_TEST

static uint32_t changes_type(struct sim_function *f, unsigned reg, uint32_t v)
{
    return reg == PCI_BAR0 && f->reads % 2 ? v ^ PCI_BAR_PREFETCHABLE : v;
}

// Answers the question for its size, and then always the same.
static uint32_t stays_where_it_is(struct sim_function *f, unsigned reg, uint32_t v)
{
    (void)f;
    return reg == PCI_BAR0 && v != 0xfffff000 && v ? 0x40000000 : v;
}

START_TEST(hostile_bars)
{
    device_with(SIM_ROOT, 0, MEM32, 0x1000);
    pci_vconfig_set(&sim_device(&sim, SIM_ROOT, 1, 1)->regs, PCI_BAR0, 4, 0, 0xf0f0f000);
    pci_vconfig_set(&sim_device(&sim, SIM_ROOT, 2, 1)->regs, PCI_BAR0 + 20, 4, PCI_BAR_64BIT, 0xfffff000);
    pci_vconfig_set(&sim_device(&sim, SIM_ROOT, 3, 1)->regs, PCI_BAR0, 4, 2, 0xfffff000);
    device_with(SIM_ROOT, 4, MEM32, 0x1000)->read = changes_type;
    device_with(SIM_ROOT, 5, MEM32, 0x1000)->read = stays_where_it_is;
    device_with(SIM_ROOT, 6, MEM32, 1u << 30);
    device_with(SIM_ROOT, 7, MEM64, 1ull << 40);
    device_with(SIM_ROOT, 8, MEM64, 1ull << 63);
    pci_vconfig_set(&sim_device(&sim, SIM_ROOT, 9, 1)->regs, PCI_BAR0, 4, MEM64, 0xfffff000); // no upper half
    device_with(SIM_ROOT, 10, MEM32, 0x1000);
    ck_assert_int_eq(pci_scan(&root), 0);
    SAYS("00:01.0 (1af4:1234) is left out: the size of a BAR is no power of two");
    SAYS("00:02.0 (1af4:1234) is left out: its last BAR wants to have 64 bits");
    SAYS("00:03.0 (1af4:1234) is left out: a BAR has a type that does not exist");
    SAYS("00:04.0 (1af4:1234) is left out: a BAR changes its type");
    SAYS("00:05.0 (1af4:1234) is left out: a BAR does not take its address");
    SAYS("00:07.0 (1af4:1234) is left out: a BAR is larger than what the host bridge has");
    SAYS("00:08.0 (1af4:1234) is left out: a BAR is larger than what the host bridge has");
    SAYS("00:09.0 (1af4:1234) is left out: the size of a BAR is no power of two");
    ck_assert(!function("00:00.0")->refused && !function("00:0a.0")->refused);
    check_all();
}
END_TEST

START_TEST(addresses_run_out)
{
    root.window[PCI_HIGH] = (struct pci_window){1, 0};
    for (unsigned dev = 0; dev < 8; dev++)
        device_with(SIM_ROOT, dev, MEM64, 128 * MIB);
    int const bridge = sim_bridge(&sim, SIM_ROOT, 8);
    for (unsigned dev = 0; dev < 8; dev++)
        device_with(bridge, dev, PREF64, 256 * MIB);
    device_with(SIM_ROOT, 9, MEM32, 0x1000);
    ck_assert_int_eq(pci_scan(&root), 0);
    unsigned used = 0;
    for (unsigned i = 0; i < root.n; i++)
        used += !root.function[i].refused;
    ck_assert_uint_eq(used, 6); // 5 * 128 MiB in 751 MiB, and the small one
    SAYS("00:08.0 (1af4:1234) is left out: the host bridge has no addresses left for it");
    SAYS("01:00.0 (1af4:1234) is left out: the bridge before it is left out");
    check_all();
}
END_TEST

// Clients get whole pages.
START_TEST(small_bars_have_pages)
{
    for (unsigned dev = 0; dev < 4; dev++)
        device_with(SIM_ROOT, dev, dev & 1 ? MEM32 : MEM64, 16 << dev);
    ck_assert_int_eq(pci_scan(&root), 0);
    ck_assert_str_eq(reported, "");
    check_all();
}
END_TEST

START_TEST(the_last_address)
{
    root.window[PCI_LOW] = (struct pci_window){0xfffff000, 0xffffffff};
    root.window[PCI_HIGH] = (struct pci_window){0xfffffffffffff000, 0xffffffffffffffff};
    for (unsigned dev = 0; dev < 2; dev++) {
        device_with(SIM_ROOT, dev, MEM32, 0x1000);
        device_with(SIM_ROOT, dev + 2, MEM64, 0x1000);
    }
    ck_assert_int_eq(pci_scan(&root), 0);
    ck_assert_uint_eq(function("00:00.0")->bar[0].address, 0xfffff000);
    ck_assert_uint_eq(function("00:02.0")->bar[0].address, 0xfffffffffffff000);
    ck_assert(function("00:01.0")->refused && function("00:03.0")->refused);
}
END_TEST

START_TEST(headers_and_bridges_that_lie)
{
    sim_add(&sim, SIM_ROOT, 1, 0, 0x7f);
    sim_add(&sim, SIM_ROOT, 2, 0, 2);
    int const bridge = sim_bridge(&sim, SIM_ROOT, 3);
    pci_vconfig_set(&sim.f[bridge].regs, PCI_PRIMARY_BUS, 4, 0, 0); // its bus numbers are fixed
    sim_device(&sim, bridge, 0, 1);
    int const window = sim_bridge(&sim, SIM_ROOT, 4);
    pci_vconfig_set(&sim.f[window].regs, PCI_MEMORY_BASE, 4, 0, 0x0010fff0);
    device_with(window, 0, MEM32, 0x1000);
    ck_assert_int_eq(pci_scan(&root), 0);
    SAYS("00:01.0 (1af4:1234) is left out: its header is neither that of a device nor that of a bridge");
    SAYS("00:02.0 (1af4:1234) is left out: its header");
    SAYS("00:03.0 (1af4:1234) is left out: this bridge does not take a bus number");
    SAYS("00:04.0 (1af4:1234) is left out: this bridge does not take its window");
    SAYS("01:00.0 (1af4:1234) is left out: the bridge before it is left out");
    check_all();
}
END_TEST

START_TEST(a_long_chain_of_bridges)
{
    int at = SIM_ROOT;
    for (unsigned i = 0; i < 40; i++)
        at = sim_bridge(&sim, at, 1);
    ck_assert_int_eq(pci_scan(&root), 0);
    ck_assert_uint_eq(root.n, PCI_MAX_DEPTH + 1);
    SAYS("is left out: there are too many bridges before it");
}
END_TEST

START_TEST(bus_numbers_run_out)
{
    sim.space.n_busses = 4;
    for (unsigned dev = 0; dev < 6; dev++)
        sim_device(&sim, sim_bridge(&sim, SIM_ROOT, dev), 0, 1);
    ck_assert_int_eq(pci_scan(&root), 0);
    ck_assert_uint_eq(root.busses, 4);
    SAYS("00:03.0 (1af4:1234) is left out: there is no bus number left for what is behind it");
    check_all();
}
END_TEST

// Every function is there, and each is a bridge.
static uint8_t endless[256][256][16];

static uint32_t endless_read(struct pci_space *s, pci_bdf_t f, unsigned reg, unsigned bytes)
{
    (void)s;
    sim.accesses++;
    if (reg == PCI_HEADER_TYPE)
        return PCI_HEADER_BRIDGE | PCI_HEADER_MULTI_FUNCTION;
    if (reg == PCI_SECONDARY_BUS)
        return endless[f >> 8][f & 0xff][reg & 15];
    return reg == PCI_VENDOR && bytes == 4 ? 0x12341af4 : 0;
}

static void endless_write(struct pci_space *s, pci_bdf_t f, unsigned reg, unsigned bytes, uint32_t value)
{
    (void)s, (void)bytes;
    if (reg == PCI_SECONDARY_BUS)
        endless[f >> 8][f & 0xff][reg & 15] = (uint8_t)value;
}

START_TEST(bridges_without_end)
{
    sim.space.read = endless_read;
    sim.space.write = endless_write;
    ck_assert_int_eq(pci_scan(&root), 0);
    ck_assert_uint_eq(root.n, PCI_MAX_FUNCTIONS);
    SAYS("there are more than 256 PCI functions, the others are left out");
    ck_assert_uint_lt(sim.accesses, 200000);
}
END_TEST

// A device whose list of capabilities begins at 0x40.
static struct sim_function *with_capabilities(unsigned dev, uint32_t at_40)
{
    struct sim_function *f = device_with(SIM_ROOT, dev, MEM32, 0x1000);
    pci_vconfig_set(&f->regs, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES, 0);
    pci_vconfig_set(&f->regs, PCI_CAPABILITIES, 1, 0x43, 0); // its lowest bits mean nothing
    pci_vconfig_set(&f->regs, 0x40, 4, at_40, ~0u);
    return f;
}

START_TEST(capabilities_that_lie)
{
    with_capabilities(0, 0x00004005);
    with_capabilities(1, 0x00003401);
    with_capabilities(2, 0x00ff0009);
    with_capabilities(3, 0x00000009);
    pci_vconfig_set(&with_capabilities(4, 0x00205009)->regs, 0x50, 4, 0x00100009, 0); // 0x20 bytes, and the next one in them
    struct sim_function *loop = with_capabilities(5, 0x00008009 | 0x10 << 16);
    pci_vconfig_set(&loop->regs, 0x80, 4, 0x00004011, 0);
    pci_vconfig_set(&with_capabilities(6, 0x0010f809)->regs, 0xf8, 4, 0x00100009, 0);
    ck_assert_int_eq(pci_scan(&root), 0);
    SAYS("00:00.0 (1af4:1234) is left out: its list of capabilities leads to one that it has had");
    SAYS("00:01.0 (1af4:1234) is left out: its list of capabilities leads into the header");
    SAYS("00:02.0 (1af4:1234) is left out: a capability reaches beyond the configuration space");
    SAYS("00:04.0 (1af4:1234) is left out: its list of capabilities leads to one that it has had");
    SAYS("00:05.0 (1af4:1234) is left out: its list of capabilities leads to one that it has had");
    SAYS("00:06.0 (1af4:1234) is left out: a capability reaches beyond the configuration space");
    ck_assert(!function("00:03.0")->refused); // one that is too short to say anything is not shown
    ck_assert_uint_eq(pci_function_read(function("00:03.0"), PCI_CAPABILITIES, 1), 0);
    check_all();
}
END_TEST

// Power management, a vendor's, MSI-X, PCI Express.
static struct sim_function *device_with_all(void)
{
    struct sim_function *f = with_capabilities(1, 0x00005001);
    pci_vconfig_set(&f->regs, 0x50, 4, 0x33147009, ~0u);
    pci_vconfig_set(&f->regs, 0x60, 4, 0x44444444, ~0u);
    pci_vconfig_set(&f->regs, 0x70, 4, 0x00078011, ~0u);
    pci_vconfig_set(&f->regs, 0x80, 4, 0x00020010, ~0u);
    pci_vconfig_set(&f->regs, 0x88, 4, 0x00008000, ~0u);
    pci_vconfig_set_bar(&f->regs, 2, PREF64, 0, 0x4000);
    return f;
}

START_TEST(what_a_client_sees)
{
    device_with_all();
    ck_assert_int_eq(pci_scan(&root), 0);
    ck_assert_str_eq(reported, "");
    struct pci_function *f = function("00:01.0");
    ck_assert_uint_eq(pci_function_read(f, PCI_VENDOR, 4), 0x12341af4);
    ck_assert_uint_eq(pci_function_read(f, PCI_REVISION + 2, 2), 0x0108);
    ck_assert_uint_eq(pci_function_read(f, PCI_SUBSYSTEM, 2), 0xabcd);
    ck_assert_uint_eq(pci_function_read(f, PCI_CAPABILITIES, 1), 0x50);
    ck_assert_uint_eq(pci_function_read(f, 0x50, 4), 0x33148009); // MSI-X is left out
    ck_assert_uint_eq(pci_function_read(f, 0x60, 4), 0x44444444);
    ck_assert_uint_eq(pci_function_read(f, 0x70, 4), 0);
    ck_assert_uint_eq(pci_function_read(f, 0x80, 2), 0x0010);
    ck_assert_uint_eq(pci_function_read(f, 0x40, 4), 0);
    ck_assert_uint_eq(pci_function_read(f, 0x100, 4), 0);
    ck_assert_uint_eq(pci_function_read(f, 0xffc, 4), 0);
    ck_assert_uint_eq(pci_function_read(f, PCI_BAR0, 4), f->bar[0].address);
    ck_assert_uint_eq(pci_function_read(f, PCI_ROM, 4), 0);
    ck_assert_uint_eq(pci_function_read(f, PCI_INTERRUPT_PIN, 1), 1);
}
END_TEST

START_TEST(what_a_client_can_do)
{
    struct sim_function *hw = device_with_all();
    ck_assert_int_eq(pci_scan(&root), 0);
    struct pci_function *f = function("00:01.0");
    struct pci_vconfig const before = hw->regs;
    for (unsigned reg = 0; reg < PCIE_SPACE_SIZE; reg += 4)
        if (reg != PCI_COMMAND)
            pci_function_write(f, reg, 4, ~0u);
    ck_assert_mem_eq(&before, &hw->regs, sizeof(before)); // the hardware has seen nothing of it
    ck_assert_uint_eq(pci_function_read(f, PCI_BAR0, 4), 0xfffff000);
    ck_assert_uint_eq(pci_function_read(f, PCI_BAR0 + 8, 4), 0xffffc00c);
    ck_assert_uint_eq(pci_function_read(f, PCI_BAR0 + 12, 4), ~0u);
    ck_assert_uint_eq(pci_function_read(f, PCI_BAR0 + 4, 4), 0);
    ck_assert_uint_eq(pci_function_read(f, PCI_ROM, 4), 0);
    ck_assert_uint_eq(pci_function_read(f, 0x88, 4), 0x8000);

    pci_function_write(f, PCI_COMMAND, 4, ~0u);
    ck_assert_uint_eq(pci_function_read(f, PCI_COMMAND, 2), 0x406);
    ck_assert_uint_eq(sim_get(hw, PCI_COMMAND, 2), 0x406);
    pci_function_write(f, PCI_COMMAND, 2, 0); // its addresses stay decoded: they are mapped
    ck_assert_uint_eq(pci_function_read(f, PCI_COMMAND, 2), 0);
    ck_assert_uint_eq(sim_get(hw, PCI_COMMAND, 2), 2);
    pci_function_write(f, PCI_COMMAND, 1, 4);
    ck_assert_uint_eq(sim_get(hw, PCI_COMMAND, 2), 6);
    pci_function_write(f, PCI_COMMAND + 1, 1, 4);
    ck_assert_uint_eq(sim_get(hw, PCI_COMMAND, 2), 0x406);
    ck_assert_uint_eq(pci_function_enable_irq(f), 36);
    ck_assert_uint_eq(sim_get(hw, PCI_COMMAND, 2), 6);

    pci_vconfig_set(&hw->regs, PCI_STATUS, 2, 0xffff, 0);
    ck_assert_uint_eq(pci_function_read(f, PCI_STATUS, 2), PCI_STATUS_CAPABILITIES | PCI_STATUS_INTX);
    ck_assert_uint_eq(pci_function_read(f, PCI_COMMAND, 4), 0x00180000 | PCI_COMMAND_MASTER);
    ck_assert_uint_eq(pci_function_read(f, PCI_STATUS, 1), 0x18);
    ck_assert_uint_eq(pci_function_read(f, PCI_STATUS + 1, 1), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pci");
    TCase *t = tcase_create("pci");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, devices_get_addresses);
    tcase_add_test(t, interrupts_turn_at_bridges);
    tcase_add_test(t, functions_of_a_device);
    tcase_add_test(t, a_port_has_one_device);
    tcase_add_test(t, hostile_bars);
    tcase_add_test(t, addresses_run_out);
    tcase_add_test(t, small_bars_have_pages);
    tcase_add_test(t, the_last_address);
    tcase_add_test(t, headers_and_bridges_that_lie);
    tcase_add_test(t, a_long_chain_of_bridges);
    tcase_add_test(t, bus_numbers_run_out);
    tcase_add_test(t, bridges_without_end);
    tcase_add_test(t, capabilities_that_lie);
    tcase_add_test(t, what_a_client_sees);
    tcase_add_test(t, what_a_client_can_do);
    suite_add_tcase(s, t);
    return unit_run(s);
}
