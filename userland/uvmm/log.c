// SPDX-License-Identifier: MIT
#include "log.h"

#include "vcpu/fp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int level = LOG_WARN;

void log_set_level(int l)
{
    level = l;
}

int log_get_level(void)
{
    return level;
}

// One string, one write: lines of several threads do not mix.
static void print(char const *prefix, char const *fmt, va_list ap)
{
    char line[300];
    int n = snprintf(line, sizeof(line), "%s", prefix);
    vsnprintf(line + n, sizeof(line) - (unsigned)n - 1, fmt, ap);
    fputs(line, stdout);
    putchar('\n');
    fflush(stdout);
}

void log_msg(int l, char const *fmt, ...)
{
    va_list ap;
    if (l > level && l != LOG_ERROR)
        return;
    fp_protect();
    va_start(ap, fmt);
    print(l == LOG_ERROR ? "VMM: error: " : "VMM: ", fmt, ap);
    va_end(ap);
}

void log_limited(atomic_uint *count, int l, char const *fmt, ...)
{
    va_list ap;
    // Looked at before it is counted, so that it never wraps.
    if (l > level || atomic_load_explicit(count, memory_order_relaxed) >= LOG_LIMIT)
        return;
    unsigned n = atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
    if (n >= LOG_LIMIT)
        return;
    fp_protect();
    va_start(ap, fmt);
    print("VMM: ", fmt, ap);
    va_end(ap);
    if (n == LOG_LIMIT - 1)
        log_msg(l, "further messages of this kind are left out");
}

void fatal(char const *fmt, ...)
{
    va_list ap;
    fp_protect();
    va_start(ap, fmt);
    print("VMM: error: ", fmt, ap);
    va_end(ap);
    exit(EXIT_FAILURE);
}
