// SPDX-License-Identifier: MIT
#include "debug/print.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

static void put_number(uint64_t v, unsigned base)
{
    char buf[24];
    unsigned n = sizeof buf;
    do {
        buf[--n] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    console_write(buf + n, sizeof buf - n);
}

void debug_print(char const *format, ...)
{
    va_list ap;
    va_start(ap, format);
    for (char const *p = format; *p; p++) {
        if (*p != '%') {
            char const *end = p;
            while (end[1] && end[1] != '%')
                end++;
            console_write(p, (size_t)(end - p) + 1);
            p = end;
            continue;
        }
        bool is_long = false;
        while (*++p == 'l')
            is_long = true;
        switch (*p) {
        case 's': {
            char const *s = va_arg(ap, char const *);
            size_t n = 0;
            while (s[n])
                n++;
            console_write(s, n);
            break;
        }
        case 'c': {
            char c = (char)va_arg(ap, int);
            console_write(&c, 1);
            break;
        }
        case 'd': {
            int64_t v = is_long ? va_arg(ap, int64_t) : va_arg(ap, int);
            if (v < 0)
                console_write("-", 1);
            put_number(v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10);
            break;
        }
        case 'u':
            put_number(is_long ? va_arg(ap, uint64_t) : va_arg(ap, unsigned), 10);
            break;
        case 'p':
            console_write("0x", 2);
            put_number((uint64_t)va_arg(ap, void *), 16);
            break;
        case 'x':
            put_number(is_long ? va_arg(ap, uint64_t) : va_arg(ap, unsigned), 16);
            break;
        case '%':
            console_write("%", 1);
            break;
        default:
            va_end(ap);
            return;
        }
    }
    va_end(ap);
}
