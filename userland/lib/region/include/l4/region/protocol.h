// SPDX-License-Identifier: MIT
// Messages of region maps (l4re-protocols 4), as servers read and write them. Functions read behind the opcode; those that
// return an int give 0 or the negative error for the reply.
#pragma once

#include <l4/region/map.h>
#include <l4/srv/msg.h>

// All of an attach but its item and `rights`, `has_memory`. A name and an offset for debuggers are checked, and dropped.
int region_get_attach(struct msg_in *in, struct region_attach *a);

// The reply to attach and reserve_area.
l4_msgtag_t region_put_start(l4_utcb_t *u, uint64_t start);

struct region_range {
    uint64_t start, size;
    uint32_t flags; // L4RE_RM_DETACH_*
};

int region_get_detach(struct msg_in *in, struct region_range *d);

// `result`: of region_map_detach(), maybe with L4RE_RM_DETACH_UNMAPPED; not negative.
l4_msgtag_t region_put_detach(l4_utcb_t *u, int result, struct region const *gone);

struct region_page_in {
    uint64_t min, max; // inclusive, whole pages
    unsigned rights;   // L4RE_RM_F_RWX
};

int region_get_page_in(struct msg_in *in, struct region_page_in *p);

// The reply to page_in: one flexpage, whose order says how far the client has come.
l4_msgtag_t region_put_page_in(l4_utcb_t *u, l4_fpage_t fpage, l4_umword_t control);

// Whole requests.
l4_msgtag_t region_serve_reserve_area(struct region_map *m, struct msg_in *in);
l4_msgtag_t region_serve_free_area(struct region_map *m, struct msg_in *in);
// get_regions, get_areas: of that list.
l4_msgtag_t region_serve_list(struct region_list const *l, struct msg_in *in);
