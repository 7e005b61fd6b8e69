// SPDX-License-Identifier: MIT
#include <l4/sys/kdebug.h>
#include <l4/util/kprintf.h>
#include <stdarg.h>
#include <stdio.h>

int l4_kprintf(char const *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (n > 0)
        l4_kd_outnstring(text, n < (int)sizeof(text) ? (unsigned)n : (unsigned)sizeof(text) - 1);
    return n;
}
