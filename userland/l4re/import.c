// SPDX-License-Identifier: MIT
// The creator has attached this image, its stack, the KIP and the UTCBs in its own region map. They
// are obstacles here, and faults in them are passed on.
#include "runtime.h"

#define LIST_MAX 16

static void import_region(struct region_map *m, l4re_rm_region_t const *r)
{
    struct region_attach a = {.start = r->start, .size = r->end - r->start + 1,
                              .flags = (r->flags & (L4RE_RM_F_RIGHTS | L4RE_RM_F_KERNEL)) | L4RE_RM_F_PAGER};
    struct region region;
    if (region_map_overlap_area(m, r->start, 1))
        a.flags |= L4RE_RM_F_IN_AREA;
    int e = region_map_plan(m, &a, &region);
    if (e >= 0)
        region_map_enter(m, &region);
    else
        runtime_message("cannot import region [%#lx, %#lx]: %s", r->start, r->end, l4sys_errtostr(e));
}

static void import_area(struct region_map *m, l4re_rm_region_t const *r)
{
    l4_addr_t start = r->start;
    int e = region_map_reserve(m, &start, r->end - r->start + 1, 0, 0);
    if (e < 0)
        runtime_message("cannot import area [%#lx, %#lx]: %s", r->start, r->end, l4sys_errtostr(e));
}

static int import_list(struct region_map *m, l4_cap_idx_t rm,
                       int (*get)(l4_cap_idx_t, l4_addr_t, l4re_rm_region_t *, unsigned),
                       void (*enter)(struct region_map *, l4re_rm_region_t const *))
{
    l4re_rm_region_t list[LIST_MAX];
    l4_addr_t from = 0;
    for (;;) {
        int n = get(rm, from, list, LIST_MAX);
        if (n <= 0)
            return n;
        for (int i = 0; i < n; i++)
            enter(m, &list[i]);
        if (list[n - 1].end + 1 <= from)
            return 0;
        from = list[n - 1].end + 1;
    }
}

void import_regions(struct region_map *m, l4_cap_idx_t rm)
{
    // areas first: what lies in one was attached there
    int e = import_list(m, rm, l4re_rm_get_areas_srv, import_area);
    if (e >= 0)
        e = import_list(m, rm, l4re_rm_get_regions_srv, import_region);
    if (e < 0)
        runtime_message("cannot read the creator's region map: %s", l4sys_errtostr(e));
}
