// SPDX-License-Identifier: MIT
// What is left of the kernel's memory, found out by asking for it.
#include "fuzz.h"

// The greatest limit that an inner factory can have: limits count bytes, though what a factory pays for is pages.
uint64_t quota_left(l4_cap_idx_t factory)
{
    l4_cap_idx_t inner = SLOT(SLOT_SCRATCH);
    uint64_t low = 0, high = (uint64_t)1 << 34;
    while (high - low > 32) {
        uint64_t middle = low + (high - low) / 2;
        if (l4_error(l4_factory_create_factory(factory, inner, middle))) {
            high = middle;
        } else {
            low = middle;
            l4_task_delete_obj(L4_BASE_TASK_CAP, inner);
        }
    }
    return low;
}

// Fills a task with kernel-user memory until there is no more, first in large chunks. What the heap has lost, though it
// was given back to the quota, is seen here.
uint64_t memory_left(void)
{
    l4_cap_idx_t task = SLOT(SLOT_SCRATCH + 1);
    l4_fpage_t area = l4_fpage(TASK_UTCB, 12, L4_FPAGE_RW);
    if (l4_error(l4_factory_create_task(L4_BASE_FACTORY_CAP, task, &area)))
        return 0;
    uint64_t total = 0;
    l4_addr_t at = 1ul << 36;
    for (unsigned order = L4_KU_MEM_MAX_ORDER; order >= L4_KU_MEM_MIN_ORDER; order--) {
        for (;;) {
            l4_fpage_t f = l4_fpage(at, order, L4_FPAGE_RW);
            if (l4_error(l4_task_add_ku_mem(task, &f)))
                break;
            at += 1ul << order;
            total += 1ul << order;
        }
    }
    l4_task_delete_obj(L4_BASE_TASK_CAP, task);
    return total;
}
