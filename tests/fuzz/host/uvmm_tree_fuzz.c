// SPDX-License-Identifier: MIT
// The guest's device tree, its overlays, and what options say of them: all of it is a script's.
#include "boot/dt.h"
#include "boot/dt_cpus.h"
#include "boot/overlay.h"
#include "boot/reserved.h"
#include "check.h"
#include "tree_input.h"

#include <libfdt.h>

enum { SPARE = 4096, RAM = 0x40000000 };

static void *good_tree(struct input *in)
{
    size_t size;
    void *fdt = tree_from(in, &size);
    if (fdt && !fdt_check_full(fdt, size))
        return fdt;
    free(fdt);
    return NULL;
}

// A copy with room to change it.
static void *opened(void const *fdt)
{
    int const room = (int)fdt_totalsize(fdt) + SPARE;
    void *copy = malloc((size_t)room);
    ck_assert_int_eq(fdt_open_into(fdt, copy, room), 0);
    return copy;
}

// With the overlay, if both go together.
static void *with_overlay(void *base, struct input *in)
{
    void *over = good_tree(in), *result = NULL;
    int const err = over ? overlay_apply(base, over, SPARE, &result) : -1;
    free(over);
    if (err) {
        ck_assert_ptr_null(result);
        return base;
    }
    ck_assert_int_eq(fdt_check_full(result, fdt_totalsize(result)), 0);
    free(base);
    return result;
}

static void read_nodes(void *fdt)
{
    char path[32];
    for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        struct dt_range r;
        struct dt_irq irq;
        for (unsigned i = 0; i < 3; i++) {
            ck_assert(dt_reg(fdt, node, i, &r) || r.start + r.size >= r.start);
            ck_assert_ptr_nonnull(dt_strerror(dt_interrupt(fdt, node, i, &irq)));
        }
        ck_assert_uint_lt(strlen(dt_path(fdt, node, path, sizeof(path))), sizeof(path));
        dt_enabled(fdt, node);
        dt_is_compatible(fdt, node, "arm,pl011");
        dt_string(fdt, node, "status");
        dt_u32(fdt, node, "phandle", 0);
        dt_address_cells(fdt, node);
        dt_size_cells(fdt, node);
    }
}

static void place(void const *fdt, struct input *in)
{
    static uint8_t host;
    struct ram_map m = {.count = 0};
    struct dt_range r;
    int bad;
    uint64_t start, limit = in_number(in), size = in_number(in);
    for (unsigned n = in_u8(in) % 20; n; n--) {
        uint64_t const from = in_number(in), bytes = in_number(in) & 0xffffffffffff; // host addresses have no more
        ram_map_add(&m, &(struct ram_region){.gpa = from, .size = bytes, .host = &host, .boot = n & 1});
    }
    ram_map_add(&m, &(struct ram_region){.gpa = RAM, .size = 128 << 20, .host = &host, .boot = true});
    dt_strerror(reserved_exclude(fdt, &m, &bad));
    reserved_overlap(fdt, limit, size, &r);
    if (reserved_place_tree(fdt, &m, size, limit, &start))
        ck_assert(ram_map_find(&m, start, size));
    if (ram_map_lowest(&m, size, 0x200000, limit, &start))
        ck_assert(ram_map_reserve(&m, start, size));
    if (ram_map_alloc_top(&m, size, 0x1000, limit, &start))
        ck_assert(!size || start + (size - 1) < limit);
    ram_map_overlap(&m, limit, size);
    ram_map_host(&m, limit, size);
    ram_map_room(&m, limit);
    ck_assert_uint_le(ram_map_largest(&m), ram_map_total(&m));
    ck_assert(ram_map_start(&m) == ~0ull || ram_map_start(&m) < ram_map_end(&m));
}

static void change(void *fdt, struct input *in)
{
    char const *why = NULL;
    char text[300];
    snprintf(text, sizeof(text), "%s/%s", tree_word(in), tree_word(in));
    in_text(in, text + strlen(text), sizeof(text) - strlen(text));
    ck_assert(!dt_modify(fdt, text, &why) == !why);
    int const node = dt_find_compatible(fdt, tree_word(in));
    if (node >= 0) {
        dt_set_compatible(fdt, node, tree_word(in), tree_word(in));
        dt_disable(fdt, node);
    }
    unsigned const keep = in_u8(in) % 4;
    unsigned left = 0;
    int const removed = dt_remove_cpus(fdt, keep);
    for (int node = dt_next_cpu(fdt, -1); node >= 0; node = dt_next_cpu(fdt, node))
        left++;
    ck_assert(removed < 0 || left <= keep);
    ck_assert_int_eq(fdt_check_full(fdt, fdt_totalsize(fdt)), 0);
}

int LLVMFuzzerTestOneInput(uint8_t const *data, size_t size)
{
    struct input in = input_of(data, size);
    void *fdt = good_tree(&in);
    if (!fdt)
        return 0;
    fdt = with_overlay(fdt, &in);
    read_nodes(fdt);
    place(fdt, &in);
    void *copy = opened(fdt);
    change(copy, &in);
    read_nodes(copy);
    free(copy);
    free(fdt);
    return 0;
}
