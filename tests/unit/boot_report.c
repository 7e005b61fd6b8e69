// SPDX-License-Identifier: MIT
#include "boot_report.h"

#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char boot_reports[16384];

void boot_reports_clear(void)
{
    boot_reports[0] = 0;
}

static void keep(char const *prefix, char const *format, va_list *args)
{
    size_t used = strlen(boot_reports), room = sizeof boot_reports - used;
    size_t n = (size_t)snprintf(boot_reports + used, room, "%s", prefix);
    if (n < room)
        n += (size_t)vsnprintf(boot_reports + used + n, room - n, format, *args);
    if (n + 2 < room)
        strcat(boot_reports, "\n");
}

void report_note(char const *format, ...)
{
    va_list args;
    va_start(args, format);
    keep("", format, &args);
    va_end(args);
}

void report_problem(char const *format, ...)
{
    va_list args;
    va_start(args, format);
    keep("error: ", format, &args);
    va_end(args);
}

void report_stop(char const *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    abort();
}
