// SPDX-License-Identifier: MIT
// A guest's PCI host bridge: where its BARs are, whatever it writes; what the bridge's node says, whatever that is.
#include <check.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "device/pci_node.h"
#include "unit_run.h"

enum { SLOT = 1 << 15, PAGE = 4096, MEM32 = PCI_BAR_32BIT, PREF64 = PCI_BAR_64BIT | PCI_BAR_PREFETCHABLE };

static struct pci_guest guest;
static struct { unsigned slot, bar; uint64_t at; bool is_mapped; } mapped[16];
static unsigned n_mapped;
static uint32_t command[PCI_DEVICES];
static bool pending, refuse;

static bool map(void *ctx, unsigned slot, unsigned bar, uint64_t gpa)
{
    ck_assert_ptr_eq(ctx, &guest);
    if (refuse)
        return false;
    for (unsigned i = 0; i < n_mapped; i++)
        ck_assert(mapped[i].slot != slot || mapped[i].bar != bar);
    mapped[n_mapped].slot = slot;
    mapped[n_mapped].bar = bar;
    mapped[n_mapped++].at = gpa;
    uint64_t const size = guest.function[slot].bar[bar].size, last = gpa + size - 1;
    ck_assert_uint_eq(gpa % PAGE, 0);
    ck_assert((gpa >= 0x10000000 && last <= 0x1fffffff) || (gpa >= 0x8000000000 && last <= 0x80ffffffff));
    for (unsigned i = 0; i < n_mapped - 1; i++)
        ck_assert(mapped[i].at > last || gpa > mapped[i].at + guest.function[mapped[i].slot].bar[mapped[i].bar].size - 1);
    return true;
}

static void unmap(void *ctx, unsigned slot, unsigned bar, uint64_t gpa)
{
    (void)ctx;
    for (unsigned i = 0; i < n_mapped; i++)
        if (mapped[i].slot == slot && mapped[i].bar == bar) {
            ck_assert_uint_eq(mapped[i].at, gpa);
            mapped[i] = mapped[--n_mapped];
            return;
        }
    ck_abort_msg("nothing is mapped there");
}

static void set_command(void *ctx, unsigned slot, uint32_t c)
{
    (void)ctx;
    ck_assert(slot && slot < guest.n);
    command[slot] = c;
}

static bool intx_pending(void *ctx, unsigned slot)
{
    (void)ctx, (void)slot;
    return pending;
}

static char const *add(unsigned bar, uint64_t size, unsigned flags, uint64_t size_4)
{
    struct pci_vconfig view = {0};
    uint64_t const sizes[PCI_BARS] = {[0] = bar ? 0 : size, [5] = bar ? size : 0, [2] = size_4};
    unsigned const bits[PCI_BARS] = {[0] = flags, [5] = flags, [2] = PREF64};
    pci_vconfig_set(&view, PCI_VENDOR, 4, 0x10411af4, 0);
    pci_vconfig_set(&view, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES, 0);
    return pci_guest_add(&guest, &view, sizes, bits);
}

static void setup(void)
{
    memset(&guest, 0, sizeof(guest));
    n_mapped = 0;
    pending = refuse = false;
    guest.window[0] = (struct pci_guest_window){0x10000000, 0x1fffffff};
    guest.window[1] = (struct pci_guest_window){0x8000000000, 0x80ffffffff};
    pci_guest_init(&guest, (struct pci_guest_ops){map, unmap, set_command, intx_pending}, &guest);
}

static uint32_t get(unsigned slot, unsigned reg)
{
    return (uint32_t)pci_guest_read(&guest, slot * SLOT + reg, 2);
}

static void put(unsigned slot, unsigned reg, uint32_t value)
{
    pci_guest_write(&guest, slot * SLOT + reg, 2, value);
}

START_TEST(spaces)
{
    ck_assert_ptr_null(add(0, PAGE, MEM32, 0));
    ck_assert_uint_eq(get(0, PCI_VENDOR), 0x00081b36);
    ck_assert_uint_eq(get(1, PCI_VENDOR), 0x10411af4);
    ck_assert_uint_eq(get(2, PCI_VENDOR), ~0u);
    static uint64_t const nothing[] = {SLOT + PAGE, (1 << 20) + SLOT, 31 * SLOT, 0xffffff * 16ull, 1ull << 32, ~0ull - 3};
    for (unsigned i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        pci_guest_write(&guest, nothing[i] & ~3ull, 2, ~0u);
        ck_assert_uint_eq(pci_guest_read(&guest, nothing[i] & ~3ull, 2), ~0u);
    }
    ck_assert_uint_eq(pci_guest_read(&guest, SLOT + 1, 0), 0x1a);
    ck_assert_uint_eq(pci_guest_read(&guest, SLOT + 2, 1), 0x1041);
    ck_assert_uint_eq(pci_guest_read(&guest, SLOT + 1, 1), 0xffff); // not aligned
    ck_assert_uint_eq(pci_guest_read(&guest, SLOT + 2, 2), ~0u);
    ck_assert_uint_eq(pci_guest_read(&guest, SLOT, 3), ~0ull); // wider than registers
    pci_guest_write(&guest, SLOT + 4, 3, ~0ull);
    ck_assert_uint_eq(get(1, PCI_COMMAND) & 0xffff, PCI_COMMAND_NO_INTX);
    put(0, PCI_COMMAND, ~0u); // the bridge has nothing to switch
    put(0, PCI_BAR0, ~0u);
    ck_assert_uint_eq(get(0, PCI_BAR0), 0);
}
END_TEST

START_TEST(bars_go_where_the_guest_wants)
{
    ck_assert_ptr_null(add(0, 0x4000, MEM32, 0x10000));
    ck_assert_uint_eq(n_mapped, 0);
    ck_assert_uint_eq(get(1, PCI_BAR0), 0x10000000);
    ck_assert_uint_eq(get(1, PCI_BAR0 + 8), PREF64);
    ck_assert_uint_eq(get(1, PCI_BAR0 + 12), 0x80);
    put(1, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    ck_assert_uint_eq(n_mapped, 2);
    ck_assert_uint_eq(command[1], PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    put(1, PCI_BAR0, ~0u); // how large?
    ck_assert_uint_eq(get(1, PCI_BAR0), 0xffffc000);
    ck_assert_uint_eq(n_mapped, 1);
    put(1, PCI_BAR0, 0x10123456);
    ck_assert_uint_eq(get(1, PCI_BAR0), 0x10120000);
    ck_assert_uint_eq(n_mapped, 2);
    put(1, PCI_COMMAND, 0);
    ck_assert_uint_eq(n_mapped, 0);
    pending = true;
    ck_assert_uint_eq(get(1, PCI_COMMAND), 0x00180000);
    ck_assert_uint_eq(pci_guest_read(&guest, SLOT + PCI_STATUS, 0), 0x18);
    ck_assert_uint_eq(pci_guest_read(&guest, SLOT + PCI_STATUS + 1, 0), 0);
}
END_TEST

START_TEST(nowhere_else)
{
    static uint32_t const bad[] = {0, 0x0fffc000, 0x20000000, 0x40000000, 0xffffc000, 0x1fffe000};
    ck_assert_ptr_null(add(0, 0x8000, MEM32, 0x10000));
    ck_assert_ptr_null(add(0, 0x8000, MEM32, 0));
    put(1, PCI_COMMAND, PCI_COMMAND_MEMORY);
    put(2, PCI_COMMAND, PCI_COMMAND_MEMORY);
    ck_assert_uint_eq(n_mapped, 3);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        bool const inside = (bad[i] & ~0x7fffu) >= 0x10000000 && (bad[i] & ~0x7fffu) < 0x20000000;
        put(1, PCI_BAR0, bad[i]);
        ck_assert_uint_eq(n_mapped, inside ? 3 : 2);
    }
    guest.window[0].end = 0x1fffbfff; // in the midst of what would be the last BAR
    put(1, PCI_BAR0, 0);
    put(1, PCI_BAR0, 0x1fff8000);
    ck_assert_uint_eq(n_mapped, 2);
    put(1, PCI_BAR0, get(2, PCI_BAR0)); // onto the other one
    ck_assert_uint_eq(n_mapped, 2);
    put(2, PCI_BAR0, 0x11000000);
    ck_assert_uint_eq(n_mapped, 2); // it comes when it is switched on, or moved, again
    put(1, PCI_COMMAND, 0);
    put(1, PCI_COMMAND, PCI_COMMAND_MEMORY);
    ck_assert_uint_eq(n_mapped, 3);
    put(1, PCI_BAR0 + 12, 0x81); // half of an address
    ck_assert_uint_eq(n_mapped, 2);
    put(1, PCI_BAR0 + 12, ~0u);
    put(1, PCI_BAR0 + 8, ~0u);
    ck_assert_uint_eq(n_mapped, 2);
    refuse = true;
    put(1, PCI_BAR0 + 12, 0x80);
    put(1, PCI_BAR0 + 8, 0);
    ck_assert_uint_eq(n_mapped, 2);
    put(1, PCI_COMMAND, 0); // what was not mapped is not unmapped
    ck_assert_uint_eq(n_mapped, 1);
}
END_TEST

START_TEST(what_can_be_added)
{
    ck_assert_str_eq(add(0, 0x3000, MEM32, 0), "a BAR is not as it can be");
    ck_assert_str_eq(add(5, 0x1000, PREF64, 0), "a BAR is not as it can be");
    ck_assert_str_eq(add(0, 0x20000000, MEM32, 0), "its BARs do not fit into the windows of the host bridge");
    ck_assert_str_eq(add(0, 1ull << 63, PREF64, 0), "its BARs do not fit into the windows of the host bridge");
    ck_assert_uint_eq(guest.n, 1);
    ck_assert_ptr_null(add(0, 16, MEM32, 0)); // it gets the whole page
    ck_assert_uint_eq(guest.function[1].bar[0].size, PAGE);
    for (unsigned i = 2; i < PCI_DEVICES; i++)
        ck_assert_ptr_null(add(0, PAGE << i % 3, MEM32, PAGE));
    ck_assert_str_eq(add(0, PAGE, MEM32, 0), "all slots of the bus are in use");
    for (unsigned slot = 1; slot < 8; slot++)
        put(slot, PCI_COMMAND, PCI_COMMAND_MEMORY);
    ck_assert_uint_eq(n_mapped, 13); // none onto another one
}
END_TEST

START_TEST(random_writes)
{
    ck_assert_ptr_null(add(0, 0x4000, MEM32, 0x10000));
    ck_assert_ptr_null(add(5, 0x1000, MEM32, 0x4000));
    srand(5);
    for (unsigned i = 0; i < 200000; i++) {
        unsigned const reg = rand() % 4 ? PCI_BAR0 + rand() % 24 : PCI_COMMAND;
        static uint32_t const values[] = {0, 0x80, ~0u, 0x10000000, 0x10004000, 2, 6, 0x10002000, 0x1ffff000};
        uint32_t const v = rand() % 3 ? values[rand() % 9] : (uint32_t)rand();
        pci_guest_write(&guest, (unsigned)(rand() % 4) * SLOT + reg, (unsigned)rand() % 4, v);
    }
}
END_TEST

static char tree[8192];

static void put_cells(int node, char const *name, unsigned n, uint32_t const *v)
{
    uint32_t be[64];
    for (unsigned i = 0; i < n; i++)
        be[i] = cpu_to_fdt32(v[i]);
    ck_assert_int_eq(fdt_setprop(tree, node, name, be, (int)(4 * n)), 0);
}

#define CELLS(node, name, ...) put_cells(node, name, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})

// A GIC with #address-cells, and a bridge. Returns the bridge.
static int make_tree(uint32_t gic_cells)
{
    ck_assert_int_eq(fdt_create_empty_tree(tree, sizeof(tree)), 0);
    CELLS(0, "#address-cells", 2);
    CELLS(0, "#size-cells", 2);
    int gic = fdt_add_subnode(tree, 0, "gic");
    CELLS(gic, "phandle", 1);
    CELLS(gic, "#interrupt-cells", 3);
    CELLS(gic, "#address-cells", gic_cells);
    fdt_setprop(tree, gic, "interrupt-controller", NULL, 0);
    int other = fdt_add_subnode(tree, 0, "other");
    CELLS(other, "phandle", 2);
    return fdt_add_subnode(tree, 0, "pcie");
}

START_TEST(windows)
{
    struct pci_guest_window w[PCI_GUEST_WINDOWS];
    int node = make_tree(0);
    ck_assert_int_eq(pci_node_windows(tree, node, w), DT_MALFORMED);
    CELLS(node, "ranges", 0x01000000, 0, 0, 0, 0x3eff0000, 0, 0x10000, 0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x10000000,
          0x43000000, 0x80, 0, 0x80, 0, 1, 0);
    ck_assert_int_eq(pci_node_windows(tree, node, w), 0);
    ck_assert(w[0].start == 0x10000000 && w[0].end == 0x1fffffff && w[1].start == 0x8000000000 && w[1].end == 0x80ffffffff);
    static uint32_t const bad[][7] = {
        {0x02000000, 0, 0x10000000, 0, 0x20000000, 0, 0x1000}, {0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0},
        {0x02000000, 0, 0x10000800, 0, 0x10000800, 0, 0x1000}, {0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x1800},
        {0x02000000, 0, 0xfffff000, 0, 0xfffff000, 0, 0x2000}, {0x03000000, ~0u, 0xfffff000, ~0u, 0xfffff000, 0, 0x2000},
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        put_cells(node, "ranges", 7, bad[i]);
        ck_assert_msg(pci_node_windows(tree, node, w) == DT_MALFORMED, "case %u", i);
    }
    put_cells(node, "ranges", 6, bad[0]);
    ck_assert_int_eq(pci_node_windows(tree, node, w), DT_MALFORMED);
}
END_TEST

START_TEST(interrupt_map)
{
    struct dt_irq irq;
    for (uint32_t cells = 0; cells <= 2; cells++) {
        int node = make_tree(cells);
        uint32_t map[64], n = 0;
        ck_assert_int_eq(pci_node_interrupt(tree, node, 0, 1, &irq), DT_NONE);
        for (uint32_t slot = 0; slot < 2; slot++)
            for (uint32_t pin = 1; pin <= 2; pin++) {
                uint32_t const entry[] = {slot << 11, 0, 0, pin, 1};
                memcpy(&map[n], entry, sizeof(entry));
                n += 5 + cells;
                memset(&map[n - cells], 0, 4 * cells);
                map[n++] = 0;
                map[n++] = 3 + (slot + pin) % 4;
                map[n++] = 4;
            }
        put_cells(node, "interrupt-map", n, map);
        ck_assert_int_eq(pci_node_interrupt(tree, node, 0, 1, &irq), DT_MALFORMED); // without a mask
        CELLS(node, "interrupt-map-mask", 0x0800, 0, 0, 7);
        ck_assert_int_eq(pci_node_interrupt(tree, node, 1, 2, &irq), 0);
        ck_assert(irq.intid == 32 + 6 && irq.flags == 4);
        ck_assert_int_eq(pci_node_interrupt(tree, node, 2, 1, &irq), 0); // as slot 0
        ck_assert_uint_eq(irq.intid, 32 + 4);
        ck_assert_int_eq(pci_node_interrupt(tree, node, 1, 3, &irq), DT_NONE);
        put_cells(node, "interrupt-map", n - 1, map);
        ck_assert_int_eq(pci_node_interrupt(tree, node, 1, 2, &irq), DT_MALFORMED);
        map[4] = 2;
        put_cells(node, "interrupt-map", n, map);
        ck_assert_int_eq(pci_node_interrupt(tree, node, 1, 2, &irq), DT_NO_GIC);
        map[4] = 1;
        map[5 + cells] = 1; // a private one
        put_cells(node, "interrupt-map", n, map);
        ck_assert_int_eq(pci_node_interrupt(tree, node, 0, 1, &irq), DT_MALFORMED);
        map[5 + cells] = 0;
        map[6 + cells] = 988;
        put_cells(node, "interrupt-map", n, map);
        ck_assert_int_eq(pci_node_interrupt(tree, node, 0, 1, &irq), DT_MALFORMED);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_pci");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, spaces);
    tcase_add_test(t, bars_go_where_the_guest_wants);
    tcase_add_test(t, nowhere_else);
    tcase_add_test(t, what_can_be_added);
    tcase_add_test(t, random_writes);
    tcase_add_test(t, windows);
    tcase_add_test(t, interrupt_map);
    suite_add_tcase(s, t);
    return unit_run(s);
}
