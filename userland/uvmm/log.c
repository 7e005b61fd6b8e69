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

void fatal(char const *fmt, ...)
{
    va_list ap;
    fp_protect();
    va_start(ap, fmt);
    print("VMM: error: ", fmt, ap);
    va_end(ap);
    exit(EXIT_FAILURE);
}
