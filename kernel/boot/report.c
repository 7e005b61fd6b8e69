// SPDX-License-Identifier: MIT
#include "report.h"

#include "console.h"
#include "entry/cpu.h"

#include <stdarg.h>
#include <string.h>

static struct uart console;
static bool quiet;

void console_open(struct uart_ops const *ops, uint64_t base, unsigned shift, unsigned width,
                  unsigned hz)
{
    console = (struct uart){
        .base = (volatile void *)base,
        .reg_shift = shift,
        .reg_width = width,
        .clock_hz = hz,
        .ops = ops,
    };
    if (console.ops)
        console.ops->init(&console);
}

bool console_is_open(void)
{
    return console.ops;
}

void console_be_quiet(void)
{
    quiet = true;
}

struct line {
    char text[256];
    unsigned len;
};

static void put(struct line *l, char c)
{
    // A device tree may contain anything: no control characters from it reach a terminal.
    if (l->len < sizeof l->text - 1)
        l->text[l->len++] = (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
}

static void put_number(struct line *l, unsigned long long n, unsigned base, unsigned width,
                       char fill)
{
    char digits[24];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[n % base];
        n /= base;
    } while (n);
    for (unsigned i = count; i < width; i++)
        put(l, fill);
    while (count)
        put(l, digits[--count]);
}

static void format_line(struct line *l, char const *f, va_list *args)
{
    for (; *f; f++) {
        if (*f != '%') {
            put(l, *f);
            continue;
        }
        char fill = *++f == '0' ? '0' : ' ';
        unsigned width = 0, longs = 0;
        for (; *f >= '0' && *f <= '9'; f++)
            width = width * 10 + (unsigned)(*f - '0');
        for (; *f == 'l'; f++)
            longs++;
        if (*f == 's') {
            char const *s = va_arg(*args, char const *);
            for (s = s ? s : "?"; *s; s++)
                put(l, *s);
        } else if (*f == 'c') {
            put(l, (char)va_arg(*args, int));
        } else if (*f == 'd') {
            long long n = longs ? va_arg(*args, long long) : va_arg(*args, int);
            if (n < 0)
                put(l, '-');
            put_number(l, n < 0 ? -(unsigned long long)n : (unsigned long long)n, 10, width, fill);
        } else if (*f == 'u' || *f == 'x') {
            unsigned long long n =
                longs ? va_arg(*args, unsigned long long) : va_arg(*args, unsigned);
            put_number(l, n, *f == 'x' ? 16 : 10, width, fill);
        } else if (*f) {
            put(l, *f);
        } else {
            return;
        }
    }
}

static void write_line(char const *prefix, char const *format, va_list *args)
{
    if (!console.ops)
        return;
    struct line l = {.len = 0};
    format_line(&l, format, args);
    l.text[l.len++] = '\n';
    uart_write(&console, prefix, strlen(prefix));
    uart_write(&console, l.text, l.len);
}

void report_note(char const *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!quiet)
        write_line("Ashlar boot: ", format, &args);
    va_end(args);
}

void report_problem(char const *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line("Ashlar boot: error: ", format, &args);
    va_end(args);
}

void report_stop(char const *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line("Ashlar boot: error: ", format, &args);
    va_end(args);
    static char const end[] = "Ashlar boot: stopped.\n";
    if (console.ops)
        uart_write(&console, end, sizeof end - 1);
    boot_stop();
}
