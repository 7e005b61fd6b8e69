// SPDX-License-Identifier: MIT
#include "runtime.h"

#include <stdarg.h>
#include <stdio.h>

struct runtime runtime;

void runtime_message(char const *format, ...)
{
    va_list ap;
    printf("l4re: %s: ", runtime.binary);
    va_start(ap, format);
    vprintf(format, ap);
    va_end(ap);
    putchar('\n');
    fflush(stdout);
}
