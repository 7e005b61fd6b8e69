// SPDX-License-Identifier: MIT
// What lies around moe's image is RAM, which sigma0 maps when it is touched: the stack's pages are mapped a second time, where
// there is none.
#include "stack.h"

#include <l4/sys/consts.h>
#include <l4/sys/task.h>

extern char moe_stack[], moe_stack_end[];

uint64_t stack_with_guard(void)
{
    for (char *p = moe_stack; p < moe_stack_end; p += L4_PAGESIZE) {
        *(char volatile *)p = *(char volatile *)p; // sigma0 maps the page
        uint64_t spot = STACK_AT + (uint64_t)(p - moe_stack);
        if (l4_error(l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)p, L4_PAGESHIFT, L4_FPAGE_RW),
                                 l4_map_control(spot, L4_FPAGE_CACHEABLE, L4_MAP_ITEM_MAP))) < 0)
            return (uint64_t)moe_stack_end;
    }
    return STACK_AT + (uint64_t)(moe_stack_end - moe_stack);
}
