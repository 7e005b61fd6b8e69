// SPDX-License-Identifier: MIT
#include "debug/print.h"
#include "debug/console.h"
#include "debug/log.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

struct sink {
    char *to; // NULL: the console
    size_t room, done;
};

static void put(struct sink *s, char const *text, size_t len)
{
    if (!s->to) {
        console_write(text, len);
        return;
    }
    for (size_t i = 0; i < len && s->done < s->room; i++)
        s->to[s->done++] = text[i];
}

static void put_number(struct sink *s, uint64_t v, unsigned base)
{
    char buf[24];
    unsigned n = sizeof(buf);
    do {
        buf[--n] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    put(s, buf + n, sizeof(buf) - n);
}

static void put_signed(struct sink *s, int64_t v)
{
    if (v < 0)
        put(s, "-", 1);
    put_number(s, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10);
}

static void put_string(struct sink *s, char const *text)
{
    size_t n = 0;
    while (text[n])
        n++;
    put(s, text, n);
}

static void print(struct sink *s, char const *format, va_list *ap)
{
    for (char const *p = format; *p; p++) {
        if (*p != '%') {
            char const *end = p;
            while (end[1] && end[1] != '%')
                end++;
            put(s, p, (size_t)(end - p) + 1);
            p = end;
            continue;
        }
        bool is_long = false;
        while (*++p == 'l')
            is_long = true;
        switch (*p) {
        case 's':
            put_string(s, va_arg(*ap, char const *));
            break;
        case 'c':
            put(s, &(char){(char)va_arg(*ap, int)}, 1);
            break;
        case 'd':
            put_signed(s, is_long ? va_arg(*ap, int64_t) : va_arg(*ap, int));
            break;
        case 'u':
            put_number(s, is_long ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned), 10);
            break;
        case 'p':
            put(s, "0x", 2);
            put_number(s, (uint64_t)va_arg(*ap, void *), 16);
            break;
        case 'x':
            put_number(s, is_long ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned), 16);
            break;
        case '%':
            put(s, "%", 1);
            break;
        default:
            return;
        }
    }
}

void debug_print(char const *format, ...)
{
    struct sink s = {0};
    va_list ap;
    va_start(ap, format);
    print(&s, format, &ap);
    va_end(ap);
}

size_t print_to(char *to, size_t size, char const *format, ...)
{
    struct sink s = {to, size, 0};
    va_list ap;
    va_start(ap, format);
    print(&s, format, &ap);
    va_end(ap);
    return s.done;
}

void log_print(char const *format, ...)
{
    char text[LOG_LINE];
    struct sink s = {text, sizeof(text), 0};
    va_list ap;
    if (!console_uart())
        return;
    va_start(ap, format);
    print(&s, format, &ap);
    va_end(ap);
    log_put(text, s.done);
    console_attend();
}
