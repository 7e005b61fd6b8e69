// SPDX-License-Identifier: MIT
// What debuggers and people want to know of a region map.
#include <l4/re/c/log.h>
#include <l4/re/c/rm.h>
#include <stdio.h>

#include "wire.h"

int l4re_rm_get_info_srv(l4_cap_idx_t rm, l4_addr_t addr, char *name, unsigned int len, l4re_rm_offset_t *backing_offset)
{
    l4_utcb_t *u = l4_utcb();
    u->msg.mr[0] = L4RE_RM_OP_GET_INFO;
    u->msg.mr[1] = addr;
    l4_msgtag_t t = wire_call(rm, L4RE_PROTO_RM, 2, u);
    long e = l4_error_u(t, u);
    if (e < 0)
        return (int)e;
    unsigned next = wire_get_string(u, 0, l4_msgtag_words(t), name, len);
    if (!next || next >= l4_msgtag_words(t))
        return -L4_EMSGTOOSHORT;
    *backing_offset = u->msg.mr[next];
    return 0;
}

int l4re_rm_get_info(l4_addr_t addr, char *name, unsigned int len, l4re_rm_offset_t *backing_offset)
{
    return l4re_rm_get_info_srv(l4re_env()->rm, addr, name, len, backing_offset);
}

// One line: "region      1000000 -      1000fff  r-x".
static void show(char const *what, l4re_rm_region_t const *r)
{
    char line[64];
    int n = snprintf(line, sizeof(line), "%s %12lx - %12lx  %c%c%c\n", what, r->start, r->end,
                     r->flags & L4RE_RM_F_R ? 'r' : '-', r->flags & L4RE_RM_F_W ? 'w' : '-',
                     r->flags & L4RE_RM_F_X ? 'x' : '-');
    l4re_log_printn(line, n);
}

static void show_list(l4_cap_idx_t rm, char const *what,
                      int (*get)(l4_cap_idx_t, l4_addr_t, l4re_rm_region_t *, unsigned))
{
    l4re_rm_region_t list[16];
    l4_addr_t start = 0;
    int n;
    while ((n = get(rm, start, list, sizeof(list) / sizeof(list[0]))) > 0) {
        for (int i = 0; i < n; i++)
            show(what, &list[i]);
        start = list[n - 1].end + 1;
        if (start == 0)
            break;
    }
}

void l4re_rm_show_lists_srv(l4_cap_idx_t rm)
{
    show_list(rm, "region", l4re_rm_get_regions_srv);
    show_list(rm, "area  ", l4re_rm_get_areas_srv);
}

void l4re_rm_show_lists(void)
{
    l4re_rm_show_lists_srv(l4re_env()->rm);
}

int l4re_rm_detach_ds_unmap(void *addr, l4re_ds_t *ds, l4_cap_idx_t task)
{
    return l4re_rm_detach_srv(l4re_env()->rm, (l4_addr_t)addr, ds, task);
}

// Name and backing offset are for debuggers, and no region map here keeps them.
// NOLINTNEXTLINE(readability-function-size): L4Re's parameters
int l4re_rm_attach_w_info_srv(l4_cap_idx_t rm, void **start, unsigned long size, l4re_rm_flags_t flags, l4re_ds_t mem,
                              l4re_rm_offset_t offs, unsigned char align, char const *name,
                              l4re_ds_offset_t backing_offset)
{
    (void)name;
    (void)backing_offset;
    return l4re_rm_attach_srv(rm, start, size, flags, mem, offs, align);
}

// NOLINTNEXTLINE(readability-function-size): L4Re's parameters
int l4re_rm_attach_w_info(void **start, unsigned long size, l4re_rm_flags_t flags, l4re_ds_t mem, l4re_rm_offset_t offs,
                          unsigned char align, char const *name, l4re_ds_offset_t backing_offset)
{
    return l4re_rm_attach_w_info_srv(l4re_env()->rm, start, size, flags, mem, offs, align, name, backing_offset);
}
