// SPDX-License-Identifier: MIT
// Memory: dataspaces from the allocator, regions and areas of the address space.
#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <string.h>

#include "../check.h"

enum { SIZE = 4 * L4_PAGESIZE };

static l4re_ds_t new_dataspace(void)
{
    l4re_ds_t ds = l4re_util_cap_alloc();
    CHECK(l4_is_valid_cap(ds));
    CHECK(l4re_ma_alloc(SIZE, ds, 0) == 0);
    CHECK(l4re_ds_size(ds) == SIZE);
    CHECK(l4re_ds_flags(ds) >= 0 && (l4re_ds_flags(ds) & L4RE_DS_F_RW) == L4RE_DS_F_RW);
    return ds;
}

static char *attach(l4re_ds_t ds, l4re_rm_flags_t flags)
{
    void *at = NULL;
    CHECK(l4re_rm_attach(&at, SIZE, flags | L4RE_RM_F_SEARCH_ADDR, ds, 0, L4_PAGESHIFT) == 0);
    return at;
}

static void dataspaces(void)
{
    l4re_ds_t a = new_dataspace(), b = new_dataspace(), found = L4_INVALID_CAP;
    char *at = attach(a, L4RE_RM_F_RW), *again = attach(a, L4RE_RM_F_R);
    for (unsigned i = 0; i < SIZE; i++)
        CHECK(at[i] == 0);
    strcpy(at + L4_PAGESIZE, "written");
    CHECK(!strcmp(again + L4_PAGESIZE, "written")); // the same memory

    CHECK(l4re_ds_copy_in(b, 0, a, L4_PAGESIZE, L4_PAGESIZE) == 0);
    char *copy = attach(b, L4RE_RM_F_RW);
    CHECK(!strcmp(copy, "written"));
    CHECK(l4re_ds_clear(a, L4_PAGESIZE, L4_PAGESIZE) == 0);
    CHECK(at[L4_PAGESIZE] == 0 && copy[0] == 'w');

    CHECK(l4re_rm_detach(again) >= 0);
    CHECK(l4re_rm_detach_ds(at, &found) >= 0 && l4_capability_equal(found, a));
    CHECK(l4re_rm_detach(copy) >= 0);
    CHECK(l4re_rm_detach(at) == -L4_ENOENT);
    l4re_util_cap_free_um(a);
    l4re_util_cap_free_um(b);
}

// What is where.
static void regions(void)
{
    l4re_ds_t ds = new_dataspace(), m = L4_INVALID_CAP;
    char *at = attach(ds, L4RE_RM_F_RW);
    l4_addr_t addr = (l4_addr_t)at + L4_PAGESIZE;
    unsigned long size = 1;
    l4re_rm_offset_t offset = 0;
    l4re_rm_flags_t flags = 0;
    CHECK(l4re_rm_find(&addr, &size, &offset, &flags, &m) == 0);
    CHECK(addr == (l4_addr_t)at && size == SIZE && offset == 0 && l4_capability_equal(m, ds));
    CHECK((flags & L4RE_RM_F_RIGHTS) == L4RE_RM_F_RW);

    l4re_rm_region_t list[2];
    CHECK(l4re_rm_get_regions_srv(l4re_env()->rm, (l4_addr_t)at, list, 2) >= 1);
    CHECK(list[0].start == (l4_addr_t)at && list[0].end == (l4_addr_t)at + SIZE - 1);
    char name[32];
    CHECK(l4re_rm_get_info((l4_addr_t)at, name, sizeof(name), &offset) == -L4_ENOSYS); // no debug information is kept
    CHECK(l4re_rm_detach(at) >= 0);
    l4re_util_cap_free_um(ds);
}

// An area is kept free for who attaches there on purpose.
static void areas(void)
{
    l4_addr_t area = 0;
    CHECK(l4re_rm_reserve_area(&area, 2 * SIZE, L4RE_RM_F_SEARCH_ADDR, L4_PAGESHIFT) == 0);
    l4re_ds_t ds = new_dataspace();
    void *at = (void *)(area + SIZE);
    CHECK(l4re_rm_attach(&at, SIZE, L4RE_RM_F_RW, ds, 0, L4_PAGESHIFT) == -L4_EADDRNOTAVAIL);
    CHECK(l4re_rm_attach_w_info(&at, SIZE, L4RE_RM_F_RW | L4RE_RM_F_IN_AREA, ds, 0, L4_PAGESHIFT, "data", 0) == 0);
    memset(at, 1, SIZE);
    CHECK(l4re_rm_detach(at) >= 0);
    CHECK(l4re_rm_free_area(area) == 0);
    l4re_util_cap_free_um(ds);
}

int main(void)
{
    dataspaces();
    regions();
    areas();
    puts("memory: ok");
}
