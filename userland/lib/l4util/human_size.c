// SPDX-License-Identifier: MIT
#include <l4/util/printf_helpers.h>
#include <stdio.h>

int l4util_human_readable_size(char *outstr, size_t outsize, unsigned long long bytes)
{
    static char const units[] = "KMGTPE";
    if (bytes < 1024)
        return snprintf(outstr, outsize, "%lluB", bytes);
    unsigned u = 0;
    while (u + 2 < sizeof(units) && bytes >> (10 * (u + 2)))
        u++;
    unsigned long long one = 1ull << (10 * (u + 1));
    return snprintf(outstr, outsize, "%llu.%u%ciB", bytes / one, (unsigned)(bytes % one * 10 / one), units[u]);
}
