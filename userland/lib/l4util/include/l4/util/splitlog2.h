// SPDX-License-Identifier: MIT
// Ranges as naturally aligned powers of two, which are what flexpages can name.
#pragma once

#include <l4/sys/err.h>
#include <l4/sys/types.h>
#include <l4/util/bitops.h>

// Size of the largest such piece at the start of [start, end], `end` included. The range has at least a byte.
L4_INLINE l4_addr_t l4util_splitlog2_size(l4_addr_t start, l4_addr_t end)
{
    int order = start ? l4util_bsf(start) : L4UTIL_WORD_BITS_ - 1, fits = l4util_bsr(end - start + 1);
    if (fits < 0) // the whole address space
        fits = L4UTIL_WORD_BITS_ - 1;
    return (l4_addr_t)1 << (order < fits ? order : fits);
}

// Calls handler(start, log2 of the size) for the pieces of [start, end] one after the other, until it returns something else
// than 0, which is then the result. -L4_EINVAL if start > end.
L4_INLINE long l4util_splitlog2_hdl(l4_addr_t start, l4_addr_t end, long (*handler)(l4_addr_t s, l4_addr_t e, int log2size))
{
    if (start > end)
        return -L4_EINVAL;
    for (;;) {
        l4_addr_t size = l4util_splitlog2_size(start, end), last = start + size - 1;
        long result = handler(start, last, l4util_bsr(size));
        if (result || last == end)
            return result;
        start = last + 1;
    }
}
