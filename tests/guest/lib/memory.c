// SPDX-License-Identifier: MIT
// What the compiler calls.
#include <stddef.h>
#include <stdint.h>

void *memset(void *to, int c, size_t n);
void *memcpy(void *to, void const *from, size_t n);

void *memset(void *to, int c, size_t n)
{
    for (uint8_t volatile *p = to; n; n--)
        *p++ = (uint8_t)c;
    return to;
}

void *memcpy(void *to, void const *from, size_t n)
{
    uint8_t const *q = from;
    for (uint8_t volatile *p = to; n; n--)
        *p++ = *q++;
    return to;
}
