// SPDX-License-Identifier: MIT
#include "boot/reserved.h"

#include <libfdt.h>

#define TREE_ALIGN 0x1000u
#define BLOCK 0x200000u // in which Linux maps the tree

int reserved_each(void const *fdt, reserved_fn *fn, void *ctx, int *bad)
{
    struct reserved r = {.no_map = false};
    int node, err = DT_NONE, list = fdt_path_offset(fdt, "/reserved-memory");
    for (int i = 0; i < fdt_num_mem_rsv(fdt); i++)
        if (!fdt_get_mem_rsv(fdt, i, &r.range.start, &r.range.size) && r.range.size)
            fn(ctx, &r);
    if (list < 0)
        return 0;
    fdt_for_each_subnode(node, fdt, list) {
        if (!dt_enabled(fdt, node))
            continue;
        r.no_map = fdt_getprop(fdt, node, "no-map", NULL);
        for (unsigned i = 0; (err = dt_reg(fdt, node, i, &r.range)) == 0; i++)
            if (r.range.size)
                fn(ctx, &r);
        if (err != DT_NONE) {
            *bad = node;
            return err;
        }
    }
    return 0;
}

static void exclude(void *ctx, struct reserved const *r)
{
    ram_map_exclude(ctx, r->range.start, r->range.size);
}

int reserved_exclude(void const *fdt, struct ram_map *m, int *bad)
{
    return reserved_each(fdt, exclude, m, bad);
}

struct search {
    struct dt_range what, *found;
};

static void compare(void *ctx, struct reserved const *r)
{
    struct search *s = ctx;
    uint64_t a = s->what.start, b = r->range.start;
    if (!s->found->size && (a <= b ? b - a < s->what.size : a - b < r->range.size))
        *s->found = r->range;
}

bool reserved_overlap(void const *fdt, uint64_t start, uint64_t size, struct dt_range *r)
{
    int bad;
    struct search s = {{start, size}, r};
    *r = (struct dt_range){0, 0};
    reserved_each(fdt, compare, &s, &bad);
    return r->size;
}

static void exclude_blocks(void *ctx, struct reserved const *r)
{
    uint64_t start = r->range.start & ~(BLOCK - 1ull);
    uint64_t size = r->range.start - start + r->range.size;
    bool wraps = size < r->range.size || size > ~0ull - BLOCK;
    if (r->no_map)
        ram_map_exclude(ctx, start, wraps ? ~0ull : (size + BLOCK - 1) & ~(BLOCK - 1ull));
}

// Linux maps the tree in blocks of 2 MiB, so none of them should hold what must not be mapped
// (Documentation/arch/arm64/booting.rst, 2). Without such a place, any will do.
bool reserved_place_tree(void const *fdt, struct ram_map *m, uint64_t size, uint64_t limit, uint64_t *start)
{
    int bad;
    struct ram_map blocks = *m;
    reserved_each(fdt, exclude_blocks, &blocks, &bad);
    if (ram_map_alloc_top(&blocks, size, TREE_ALIGN, limit, start))
        return ram_map_reserve(m, *start, size);
    return ram_map_alloc_top(m, size, TREE_ALIGN, limit, start);
}
