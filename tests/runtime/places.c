// SPDX-License-Identifier: MIT
// Where things lie, and the guard of the stack: the same in each boot without randomness.
#include "parts.h"

#include <l4/re/c/rm.h>
#include <l4/re/thread.h>
#include <l4/sys/consts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern uintptr_t __stack_chk_guard;

static void *thread(void *arg)
{
    char here;
    *(l4_addr_t *)arg = (l4_addr_t)&here;
    return NULL;
}

void part_places(void)
{
    char here;
    l4_addr_t thread_stack = 0, area = 0;
    struct l4re_thread t;
    void *heap = malloc(1);
    bool made = !l4re_rm_reserve_area(&area, L4_PAGESIZE, L4RE_RM_F_SEARCH_ADDR, L4_PAGESHIFT) &&
                !l4re_thread_create(&t, thread, &thread_stack, NULL) && !l4re_thread_join(&t, NULL);
    check(made && heap, "memory and a thread");
    printf("places: stack %p heap %p area %#lx thread %#lx guard %#lx\n", (void *)&here, heap, area, thread_stack,
           __stack_chk_guard);
    free(heap);
}
