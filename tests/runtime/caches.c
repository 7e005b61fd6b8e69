// SPDX-License-Identifier: MIT
// Cache maintenance by a program: code that it writes runs, and pages that nobody has touched yet are no obstacle.
#include "parts.h"

#include <l4/re/c/mem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/re/cap_alloc.h>
#include <l4/re/file.h>
#include <l4/sys/cache.h>

enum { MOV_W0 = 0x52800000, IMMEDIATE_SHIFT = 5, RET = (int)0xd65f03c0 };

static unsigned run(l4_uint32_t *code, unsigned number)
{
    code[0] = MOV_W0 | number << IMMEDIATE_SHIFT;
    code[1] = (l4_uint32_t)RET;
    l4_cache_coherent((l4_addr_t)code, (l4_addr_t)(code + 2));
    return ((unsigned (*)(void))code)();
}

static void *attach(l4_size_t size, unsigned flags)
{
    l4re_ds_t ds = l4re_util_cap_alloc();
    void *at = NULL;
    if (l4re_ma_alloc(size, ds, 0) < 0 ||
        l4re_rm_attach(&at, size, L4RE_RM_F_SEARCH_ADDR | L4RE_RM_F_NO_EAGER_MAP | flags, ds, 0, L4_PAGESHIFT) < 0)
        return NULL;
    return at;
}

static void check_file(char const *name)
{
    void const *data;
    l4_size_t size;
    if (l4re_file_map(name, &data, &size) < 0) {
        check(false, "a file is mapped");
        return;
    }
    l4_addr_t start = (l4_addr_t)data;
    check(!l4_cache_clean_data(start + 3, start + size) && !l4_cache_flush_data(start, start + size) &&
              !l4_cache_coherent(start, start + size) && !l4_cache_dma_coherent(start, start + size) &&
              !l4_cache_inv_data(start, start + size),
          "cache maintenance of a file that can only be read");
    l4re_file_unmap(data);
}

void part_caches(void)
{
    l4_uint32_t *code = attach(2 * L4_PAGESIZE, L4RE_RM_F_RWX);
    if (!code) {
        check(false, "memory for code");
        return;
    }
    bool right = true;
    for (unsigned i = 1; i < 100; i++)
        right &= run(code, i) == i;
    check(right, "code that was written over other code runs");
    l4_addr_t second = (l4_addr_t)code + L4_PAGESIZE;
    check(!l4_cache_clean_data(second, second + 1) && !*(char *)second, "cache maintenance of a page that was not touched");
    check(!l4_cache_clean_data(second, second) && !l4_cache_coherent(0, 0), "of nothing");
    check_file("rom/runtime.ned");
}
