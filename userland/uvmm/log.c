// SPDX-License-Identifier: MIT
#include "log.h"

#include "vcpu/fp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int level = LOG_WARN;

// No guest writes yet.
static void write_stdout(char const *text, unsigned size, bool waits)
{
    (void)waits;
    fwrite(text, 1, size, stdout);
    fflush(stdout);
}

static log_output *output = write_stdout;

void log_set_level(int l)
{
    level = l;
}

int log_get_level(void)
{
    return level;
}

void log_set_output(log_output *fn)
{
    output = fn;
}

// One string, one write: lines of several threads do not mix.
static void print(int l, char const *prefix, char const *fmt, va_list ap)
{
    char line[300];
    unsigned n = (unsigned)snprintf(line, sizeof(line), "%s", prefix);
    vsnprintf(line + n, sizeof(line) - n, fmt, ap);
    n = (unsigned)strlen(line);
    line[n] = '\n';
    output(line, n + 1, l > LOG_ERROR);
}

void log_line(char const *fmt, ...)
{
    va_list ap;
    fp_protect();
    va_start(ap, fmt);
    print(LOG_WARN, "", fmt, ap);
    va_end(ap);
}

void log_msg(int l, char const *fmt, ...)
{
    va_list ap;
    if (l > level && l != LOG_ERROR)
        return;
    fp_protect();
    va_start(ap, fmt);
    print(l, l == LOG_ERROR ? "VMM: error: " : "VMM: ", fmt, ap);
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
    print(l, "VMM: ", fmt, ap);
    va_end(ap);
    if (n == LOG_LIMIT - 1)
        log_msg(l, "further messages of this kind are left out");
}

void fatal(char const *fmt, ...)
{
    va_list ap;
    fp_protect();
    va_start(ap, fmt);
    print(LOG_ERROR, "VMM: error: ", fmt, ap);
    va_end(ap);
    exit(EXIT_FAILURE);
}
