// SPDX-License-Identifier: MIT
// Timeouts, sleeping, touching memory.
#pragma once

#include <l4/sys/ipc.h>

// Relative timeout, rounded up; L4_IPC_TIMEOUT_NEVER for what is too long.
L4_INLINE l4_timeout_s l4util_micros2l4to(l4_uint64_t us)
{
    return l4_timeout_from_us(us);
}

// Read, or read and write back, a byte of each page, so that it is mapped.
L4_INLINE void l4_touch_ro(void const *addr, unsigned size)
{
    if (size == 0)
        return;
    for (l4_addr_t a = l4_trunc_page((l4_addr_t)addr); a <= l4_trunc_page((l4_addr_t)addr + size - 1); a += L4_PAGESIZE)
        (void)*(volatile char const *)a;
}

// A neighbour that changes the byte meanwhile loses nothing: the write is an atomic addition of 0.
L4_INLINE void l4_touch_rw(void const *addr, unsigned size)
{
    if (size == 0)
        return;
    for (l4_addr_t a = l4_trunc_page((l4_addr_t)addr); a <= l4_trunc_page((l4_addr_t)addr + size - 1); a += L4_PAGESIZE)
        __atomic_fetch_add((char *)a, 0, __ATOMIC_RELAXED);
}
