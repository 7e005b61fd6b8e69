// SPDX-License-Identifier: MIT
#include <l4/re/c/util/kumem_alloc.h>
#include <l4/re/c/rm.h>
#include <l4/sys/task.h>

int l4re_util_kumem_alloc(l4_addr_t *mem, unsigned pages_order, l4_cap_idx_t task, l4_cap_idx_t rm)
{
    unsigned order = pages_order + L4_PAGESHIFT;
    if (order > L4_KU_MEM_MAX_ORDER)
        return -L4_EINVAL;
    l4_addr_t a = 0;
    int e =
        l4re_rm_reserve_area_srv(rm, &a, 1ul << order, L4RE_RM_F_SEARCH_ADDR, (unsigned char)order);
    if (e < 0)
        return e;
    l4_fpage_t f = l4_fpage(a, order, L4_FPAGE_RW);
    e = (int)l4_error(l4_task_add_ku_mem(task, &f));
    if (e < 0) {
        l4re_rm_free_area_srv(rm, a);
        return e;
    }
    *mem = a;
    return 0;
}
