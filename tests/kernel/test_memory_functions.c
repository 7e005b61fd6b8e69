// SPDX-License-Identifier: MIT
// memcpy and the like, which kernel, boot and programs share, against the plain loops.
#include "harness.h"
#include <stddef.h>

void *memcpy(void *to, void const *from, size_t n);
void *memmove(void *to, void const *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(void const *a, void const *b, size_t n);

enum { SIZE = 640, LONGEST = 300, MARGIN = 160 };
static unsigned char got[SIZE], want[SIZE], source[SIZE];

static void fill(unsigned char *p, unsigned seed)
{
    for (unsigned i = 0; i < SIZE; i++)
        p[i] = (unsigned char)((i * 7 + seed) ^ (i >> 3));
}

static int same(void)
{
    for (unsigned i = 0; i < SIZE; i++)
        if (*(unsigned char volatile *)&got[i] != *(unsigned char volatile *)&want[i])
            return 0;
    return 1;
}

static void plain_move(unsigned char volatile *to, unsigned char const volatile *from, size_t n)
{
    static unsigned char volatile aside[SIZE];
    for (size_t i = 0; i < n; i++)
        aside[i] = from[i];
    for (size_t i = 0; i < n; i++)
        to[i] = aside[i];
}

static int copies(unsigned to, unsigned from, size_t n)
{
    fill(got, 1);
    fill(want, 1);
    fill(source, 99);
    plain_move(want + to, source + from, n);
    return memcpy(got + to, source + from, n) == got + to && same();
}

static int moves(unsigned to, unsigned from, size_t n)
{
    fill(got, 2);
    fill(want, 2);
    plain_move(want + to, want + from, n);
    return memmove(got + to, got + from, n) == got + to && same();
}

static int sets(unsigned to, size_t n)
{
    fill(got, 3);
    fill(want, 3);
    for (size_t i = 0; i < n; i++)
        *(unsigned char volatile *)&want[to + i] = 0xa5;
    return memset(got + to, 0x1a5, n) == got + to && same(); // NOLINT(bugprone-suspicious-memset-usage)
}

// Equal up to position `at`, there different by `sign`.
static int compares(size_t n, size_t at, int sign)
{
    fill(got, 4);
    fill(want, 4);
    got[5 + at] = 0x80;
    want[5 + at] = (unsigned char)(0x80 - sign);
    got[5 + n] = 1; // behind the end, must not matter
    want[5 + n] = 2;
    int r = memcmp(got + 5, want + 5, n);
    return at == n ? r == 0 : sign > 0 ? r > 0 : sign < 0 ? r < 0 : r == 0;
}

void test_memory_functions(void)
{
    static unsigned char const distances[] = {0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100};
    int copy = 1, move = 1, set = 1, compare = 1;
    for (size_t n = 0; n <= LONGEST; n++) {
        copy &= copies(MARGIN, MARGIN, n) & copies(MARGIN + (unsigned)n % 9, MARGIN + (unsigned)n % 5, n);
        set &= sets(MARGIN + (unsigned)n % 11, n);
        for (unsigned i = 0; i < sizeof distances; i++)
            move &= moves(MARGIN, MARGIN - distances[i], n) &
                    moves(MARGIN, MARGIN + distances[i], n);
    }
    for (size_t n = 0; n < 40; n++)
        for (size_t at = 0; at <= n; at++)
            compare &= compares(n, at, 1) & compares(n, at, -1) & compares(n, at, 0);
    check(copy, "memcpy of 0 to 300 bytes");
    check(move, "memmove over short and long distances");
    check(set, "memset of 0 to 300 bytes");
    check(compare, "memcmp of 0 to 39 bytes");
}
