// SPDX-License-Identifier: MIT
// The creator has attached this image, its stack, the KIP and the UTCBs in its own region map. They
// are obstacles here, and faults in them are passed on.
#include "runtime.h"

#define LIST_MAX 16

static void import_region(struct region_table *t, l4re_rm_region_t const *r)
{
    l4_addr_t start = r->start;
    struct region_attach a = {.size = r->end - r->start + 1, .ds = L4_INVALID_CAP,
                              .flags = (r->flags & (L4RE_RM_F_RIGHTS | L4RE_RM_F_KERNEL)) | L4RE_RM_F_PAGER};
    int e = region_table_attach(t, &start, &a);
    if (e < 0)
        runtime_message("cannot import region [%#lx, %#lx]: %s", r->start, r->end,
                        l4sys_errtostr(e));
}

static void import_area(struct region_table *t, l4re_rm_region_t const *r)
{
    l4_addr_t start = r->start;
    region_table_reserve(t, &start, r->end - r->start + 1, 0, 0);
}

static int import_list(struct region_table *t, l4_cap_idx_t rm,
                       int (*get)(l4_cap_idx_t, l4_addr_t, l4re_rm_region_t *, unsigned),
                       void (*enter)(struct region_table *, l4re_rm_region_t const *))
{
    l4re_rm_region_t list[LIST_MAX];
    l4_addr_t from = 0;
    for (;;) {
        int n = get(rm, from, list, LIST_MAX);
        if (n <= 0)
            return n;
        for (int i = 0; i < n; i++)
            enter(t, &list[i]);
        if (list[n - 1].end + 1 <= from)
            return 0;
        from = list[n - 1].end + 1;
    }
}

void import_regions(struct region_table *t, l4_cap_idx_t rm)
{
    int e = import_list(t, rm, l4re_rm_get_regions_srv, import_region);
    if (e < 0)
        runtime_message("cannot read the creator's region map: %s", l4sys_errtostr(e));
    import_list(t, rm, l4re_rm_get_areas_srv, import_area);
}
