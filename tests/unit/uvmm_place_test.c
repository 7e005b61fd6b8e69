// SPDX-License-Identifier: MIT
// Where uvmm puts kernel, ramdisk and device tree: never where the tree reserves memory.
#include "boot/ram_map.h"
#include "boot/reserved.h"
#include "unit_run.h"

#include <check.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

enum { MIB = 1 << 20, ALIGN = 2 * MIB };

static uint8_t host[1];
static _Alignas(8) char tree[1 << 19];

static struct ram_map ram_of(uint64_t start, uint64_t size)
{
    struct ram_map m = {.count = 0};
    struct ram_region r = {.gpa = start, .size = size, .host = host, .boot = true};
    ck_assert_int_eq(ram_map_add(&m, &r), 0);
    return m;
}

static struct ram_map ram_128(void)
{
    return ram_of(0x40000000, 128 * MIB);
}

static uint64_t lowest(struct ram_map const *m, uint64_t size, uint64_t offset)
{
    uint64_t at = 0;
    return ram_map_lowest(m, size, ALIGN, offset, &at) ? at : 0;
}

static uint64_t free_bytes(struct ram_map const *m)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < m->num_free; i++)
        sum += m->free[i].end - m->free[i].start;
    return sum;
}

// ---------------------------------------------------------------- the map of RAM

START_TEST(regions_and_pieces_that_are_none)
{
    static struct { uint64_t gpa, size; } const bad[] = {
        {0x40000000, MIB}, {0x3ff00000, 2 * MIB}, {0x47ffffff, 1}, {0, ~0ull}, {0x50000000, 0}, {0x50000000, ~0ull},
    };
    struct ram_map m = ram_128();
    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct ram_region r = {.gpa = bad[i].gpa, .size = bad[i].size, .host = host};
        ck_assert_int_eq(ram_map_add(&m, &r), -2);
    }
    ck_assert_uint_eq(m.count, 1);
    ck_assert(!ram_map_reserve(&m, 0x41000000, 0));
    ck_assert(!ram_map_reserve(&m, 0x41000000, 0 - 0x800000ull)); // its end is before it, in RAM as well
    ck_assert(!ram_map_reserve(&m, 0x47000000, 16 * MIB + 1));
    ck_assert_uint_eq(free_bytes(&m), 128 * MIB);
}
END_TEST

START_TEST(exclude_any_part)
{
    struct ram_map m = ram_128();
    ram_map_exclude(&m, 0x30000000, 0x10000000); // up to RAM
    ram_map_exclude(&m, 0x48000000, 0x10000000); // from its end on
    ram_map_exclude(&m, 0x41000000, 0);
    ck_assert_uint_eq(free_bytes(&m), 128 * MIB);
    ram_map_exclude(&m, 0x47000000, 0x10000000); // beyond its end
    ck_assert_uint_eq(free_bytes(&m), 112 * MIB);
    ram_map_exclude(&m, 0, 0x40200000); // from before its start
    ck_assert_uint_eq(ram_map_room(&m, 0x40200000), 110 * MIB);
    ram_map_exclude(&m, 0x42000000, MIB);
    ram_map_exclude(&m, 0x41f80000, MIB); // overlaps the one before
    ram_map_exclude(&m, 0x42000000, MIB);
    ck_assert_uint_eq(free_bytes(&m), 110 * MIB - MIB - MIB / 2);
    ck_assert_uint_eq(ram_map_room(&m, 0x40200000), 0x1d80000);
    ck_assert_uint_eq(ram_map_largest(&m), 0x47000000 - 0x42100000);
    ck_assert_uint_eq(ram_map_total(&m), 128 * MIB);
    ram_map_exclude(&m, 0x1000, ~0ull); // wraps: up to the end
    ck_assert_uint_eq(m.num_free, 0);
    ck_assert_uint_eq(ram_map_largest(&m), 0);
}
END_TEST

// However many there are, none of them is lost; what lies between may be.
START_TEST(exclude_more_than_the_table_holds)
{
    struct ram_map m = ram_128();
    for (unsigned i = 0; i < 100; i++) {
        unsigned k = i * 37 % 100; // in no order
        ram_map_exclude(&m, 0x40100000 + 0x100000ull * k, 0x1000);
    }
    ck_assert_uint_le(m.num_free, RAM_MAX_FREE);
    for (unsigned i = 0; i < 100; i++)
        ck_assert_uint_eq(ram_map_room(&m, 0x40100000 + 0x100000ull * i), 0);
    ck_assert(ram_map_reserve(&m, 0x47000000, MIB)); // has no room for two pieces either
    ck_assert_uint_eq(ram_map_room(&m, 0x47000000), 0);
    ck_assert_uint_ge(ram_map_largest(&m), 8 * MIB);
}
END_TEST

START_TEST(lowest_place_for_an_image)
{
    struct ram_map m = ram_128();
    ck_assert_uint_eq(lowest(&m, 32 * MIB, 0), 0x40000000);
    ck_assert_uint_eq(lowest(&m, 32 * MIB, 0x80000), 0x40080000);
    ck_assert_uint_eq(lowest(&m, 128 * MIB, 0), 0x40000000);
    ck_assert_uint_eq(lowest(&m, 128 * MIB, 0x80000), 0);
    ck_assert_uint_eq(lowest(&m, 128 * MIB + 1, 0), 0);
    ck_assert_uint_eq(lowest(&m, 0, 0), 0);
    ram_map_exclude(&m, 0x40000000, 0x1000);
    ck_assert_uint_eq(lowest(&m, 32 * MIB, 0), 0x40200000);
    ck_assert_uint_eq(lowest(&m, 32 * MIB, 0x80000), 0x40080000); // what is below the image is its own affair
    ram_map_exclude(&m, 0x41000000, MIB);
    ck_assert_uint_eq(lowest(&m, 32 * MIB, 0), 0x41200000);
    ck_assert_uint_eq(lowest(&m, 0xe00000, 0), 0x40200000);
    ck_assert_uint_eq(lowest(&m, 0xe00001, 0), 0x41200000);
    ck_assert_uint_eq(lowest(&m, MIB, 8 * MIB), 0x40800000); // an offset of several times 2 MiB
    ck_assert_uint_eq(lowest(&m, MIB, ~0ull - 0x1000), 0);
    ck_assert_uint_eq(lowest(&m, MIB, ~0ull - 0x40000000), 0);
    m = ram_of(0x40100000, 16 * MIB); // RAM that begins between
    ck_assert_uint_eq(lowest(&m, MIB, 0), 0x40200000);
    m = ram_of(~0ull - 4 * MIB + 1 - 0x1000, 4 * MIB);
    ck_assert_uint_eq(lowest(&m, 4 * MIB, 0), 0);
}
END_TEST

// ---------------------------------------------------------------- what a tree reserves

static void cells(int node, char const *name, unsigned n, uint32_t const *v)
{
    uint32_t be[16];
    for (unsigned i = 0; i < n; i++)
        be[i] = cpu_to_fdt32(v[i]);
    ck_assert_int_eq(fdt_setprop(tree, node, name, be, (int)(4 * n)), 0);
}

#define CELLS(node, name, ...)                                                                     \
    cells(node, name, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})

static int make_tree(void)
{
    ck_assert_int_eq(fdt_create_empty_tree(tree, sizeof(tree)), 0);
    CELLS(0, "#address-cells", 2);
    CELLS(0, "#size-cells", 2);
    int list = fdt_add_subnode(tree, 0, "reserved-memory");
    CELLS(list, "#address-cells", 2);
    CELLS(list, "#size-cells", 2);
    fdt_setprop(tree, list, "ranges", NULL, 0);
    return list;
}

static int list(void)
{
    return fdt_path_offset(tree, "/reserved-memory");
}

static int pool(char const *name, uint32_t start, uint32_t size)
{
    int node = fdt_add_subnode(tree, list(), name);
    ck_assert_int_ge(node, 0);
    CELLS(node, "reg", 0, start, 0, size);
    return node;
}

// Kernel, ramdisk and tree as boot.c places them.
struct placed {
    uint64_t kernel, ramdisk, tree;
};

static bool place(struct ram_map *m, uint64_t kernel, uint64_t ramdisk, uint64_t size, struct placed *p)
{
    int bad;
    return reserved_exclude(tree, m, &bad) == 0 && ram_map_lowest(m, kernel, ALIGN, 0, &p->kernel) &&
           ram_map_reserve(m, p->kernel, kernel) && ram_map_alloc_top(m, ramdisk, ALIGN, ~0ull, &p->ramdisk) &&
           reserved_place_tree(tree, m, size, ~0ull, &p->tree);
}

START_TEST(reserved_top)
{
    struct ram_map m = ram_128();
    struct placed p;
    make_tree();
    fdt_setprop(tree, pool("pool@47000000", 0x47000000, 0x1000000), "no-map", NULL, 0);
    ck_assert(place(&m, 40 * MIB, 3 * MIB, 5000, &p));
    ck_assert_uint_eq(p.kernel, 0x40000000);
    ck_assert_uint_eq(p.ramdisk, 0x46c00000);
    ck_assert_uint_eq(p.tree, 0x46ffe000);
}
END_TEST

START_TEST(reserved_everywhere)
{
    struct ram_map m = ram_128();
    struct placed p;
    struct dt_range r;
    int l = make_tree();
    CELLS(l, "#address-cells", 1); // cells of its own
    CELLS(l, "#size-cells", 1);
    int node = fdt_add_subnode(tree, l, "two");
    CELLS(node, "reg", 0x40000000, 0x1000, 0x47fff000, 0x1000);
    node = fdt_add_subnode(tree, list(), "unused");
    CELLS(node, "reg", 0x44000000, 0x1000000);
    fdt_setprop_string(tree, node, "status", "disabled");
    node = fdt_add_subnode(tree, list(), "guest-places-it"); // Devicetree Specification 3.5.2: size
    CELLS(node, "size", 0x1000000);
    ck_assert_int_eq(fdt_add_mem_rsv(tree, 0x42800000, 1), 0);
    ck_assert_int_eq(fdt_add_mem_rsv(tree, 0x47a00000, 0x400000), 0);
    ck_assert(place(&m, 40 * MIB, 2 * MIB, 5000, &p));
    ck_assert_uint_eq(p.kernel, 0x42a00000); // the first hole is 38 MiB from 0x40200000 on
    ck_assert_uint_eq(p.ramdisk, 0x47800000);
    ck_assert_uint_eq(p.tree, 0x47ffd000);
    ck_assert(reserved_overlap(tree, 0x42000000, 0x800001, &r));
    ck_assert_uint_eq(r.start, 0x42800000);
    ck_assert(!reserved_overlap(tree, 0x42000000, 0x800000, &r));
    ck_assert(!reserved_overlap(tree, 0x44000000, 0x1000000, &r));
    ck_assert(reserved_overlap(tree, 0x40000fff, 1, &r));
    ck_assert(reserved_overlap(tree, 0, ~0ull, &r));
}
END_TEST

// Linux would map a block of 2 MiB around the tree.
START_TEST(tree_is_not_beside_what_must_not_be_mapped)
{
    struct ram_map m = ram_128();
    uint64_t at;
    int bad;
    make_tree();
    int node = pool("pool@47f00000", 0x47f00000, 0x80000);
    ck_assert_int_eq(reserved_exclude(tree, &m, &bad), 0);
    ck_assert(reserved_place_tree(tree, &m, 0x1000, ~0ull, &at));
    ck_assert_uint_eq(at, 0x47fff000); // it may be mapped
    fdt_setprop(tree, node, "no-map", NULL, 0);
    ck_assert(reserved_place_tree(tree, &m, 0x1000, ~0ull, &at));
    ck_assert_uint_eq(at, 0x47dff000);
    ck_assert(reserved_place_tree(tree, &m, 0x1000, ~0ull, &at)); // the place was taken
    ck_assert_uint_eq(at, 0x47dfe000);
    ck_assert(!reserved_place_tree(tree, &m, 0x1000, 0x40000800, &at));
    m = ram_of(0x47e00000, 2 * MIB); // no other place
    ck_assert_int_eq(reserved_exclude(tree, &m, &bad), 0);
    ck_assert(reserved_place_tree(tree, &m, 0x1000, ~0ull, &at));
    ck_assert_uint_eq(at, 0x47fff000);
}
END_TEST

START_TEST(reserved_refuses_what_it_cannot_read)
{
    struct ram_map m = ram_128();
    int bad = -1;
    make_tree();
    int node = pool("good", 0x47000000, 0x1000);
    CELLS(node, "reg", 0, 0x47000000, 0); // a part of an entry
    ck_assert_int_eq(reserved_exclude(tree, &m, &bad), DT_MALFORMED);
    ck_assert_int_eq(bad, node);
    CELLS(node, "reg", 0xffffffff, 0xfffff000, 0, 0x2000); // wraps
    ck_assert_int_eq(reserved_exclude(tree, &m, &bad), DT_MALFORMED);
    CELLS(node, "reg", 0, 0x47000000, 0, 0x1000);
    CELLS(list(), "#address-cells", 3);
    ck_assert_int_eq(reserved_exclude(tree, &m, &bad), DT_NO_RANGE);
    fdt_setprop(tree, list(), "#address-cells", "\0\0", 2);
    ck_assert_int_eq(reserved_exclude(tree, &m, &bad), DT_NO_RANGE);
    CELLS(list(), "#address-cells", 2);
    CELLS(list(), "ranges", 0, 0, 0);
    ck_assert_int_eq(reserved_exclude(tree, &m, &bad), DT_MALFORMED);
    fdt_delprop(tree, list(), "ranges");
    ck_assert_int_eq(reserved_exclude(tree, &m, &bad), DT_NO_RANGE);
    ck_assert_int_eq(fdt_create_empty_tree(tree, sizeof(tree)), 0); // nothing is reserved
    ck_assert_int_eq(reserved_exclude(tree, &m, &bad), 0);
    ck_assert_int_eq(fdt_add_mem_rsv(tree, 0x1000, ~0ull), 0); // wraps: all there is
    ck_assert_int_eq(reserved_exclude(tree, &m, &bad), 0);
    ck_assert_uint_eq(m.num_free, 0);
}
END_TEST

static struct {
    uint64_t start, end;
} kept[1500];
static unsigned num_kept;

static void keep(void *ctx, struct reserved const *r)
{
    (void)ctx;
    ck_assert_uint_lt(num_kept, sizeof(kept) / sizeof(kept[0]));
    kept[num_kept].start = r->range.start;
    kept[num_kept++].end = r->range.start + r->range.size;
}

static void ck_outside(uint64_t start, uint64_t size)
{
    for (unsigned i = 0; i < num_kept; i++)
        ck_assert(start + size <= kept[i].start || start >= kept[i].end);
}

// Whatever a tree reserves: what is placed lies in RAM, outside of it, and not in each other.
START_TEST(reserved_at_random)
{
    unsigned done = 0;
    srand(7);
    for (unsigned round = 0; round < 60; round++) {
        struct ram_map m = ram_128();
        struct placed p = {0, 0, 0};
        unsigned nodes = round == 0 ? 1000 : (unsigned)rand() % 40;
        char name[32];
        int bad;
        make_tree();
        for (unsigned i = 0; i < nodes; i++) {
            uint32_t start = 0x3ff00000u + (uint32_t)rand() % 0x8200000;
            snprintf(name, sizeof(name), "pool-%u", i);
            int node = pool(name, start, (uint32_t)rand() % 0x100000);
            if (rand() % 2)
                fdt_setprop(tree, node, "no-map", NULL, 0);
        }
        num_kept = 0;
        reserved_each(tree, keep, NULL, &bad);
        if (!place(&m, 5 * MIB, MIB, 0x3456, &p))
            continue; // there is no such place, or no room for its pieces in the table
        done++;
        ck_outside(p.kernel, 5 * MIB);
        ck_outside(p.ramdisk, MIB);
        ck_outside(p.tree, 0x3456);
        ck_assert(p.kernel >= 0x40000000 && p.tree + 0x3456 <= 0x48000000 && p.ramdisk + MIB <= 0x48000000);
        ck_assert(p.kernel + 5 * MIB <= p.ramdisk || p.ramdisk + MIB <= p.kernel);
        ck_assert(p.tree + 0x3456 <= p.ramdisk || p.ramdisk + MIB <= p.tree);
        ck_assert(p.tree + 0x3456 <= p.kernel || p.kernel + 5 * MIB <= p.tree);
    }
    ck_assert_uint_gt(done, 40);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_place");
    TCase *t = tcase_create("place");
    tcase_add_test(t, regions_and_pieces_that_are_none);
    tcase_add_test(t, exclude_any_part);
    tcase_add_test(t, exclude_more_than_the_table_holds);
    tcase_add_test(t, lowest_place_for_an_image);
    tcase_add_test(t, reserved_top);
    tcase_add_test(t, reserved_everywhere);
    tcase_add_test(t, tree_is_not_beside_what_must_not_be_mapped);
    tcase_add_test(t, reserved_refuses_what_it_cannot_read);
    tcase_add_test(t, reserved_at_random);
    suite_add_tcase(s, t);
    return unit_run(s);
}
