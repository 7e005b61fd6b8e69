// SPDX-License-Identifier: MIT
#include <l4/mem/guard.h>

bool guard_readable(void const *p, size_t n)
{
    char piece[256]; // a multiple of what is read in one go: the accesses are those of a whole copy
    char const *at = p;
    while (n) {
        size_t part = n < sizeof(piece) ? n : sizeof(piece);
        if (guard_copy(piece, at, part) < 0)
            return false;
        at += part;
        n -= part;
    }
    return true;
}
