// SPDX-License-Identifier: MIT
#include "say.h"

#include <l4/sys/ipc.h>
#include <l4/sys/vcon.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

unsigned say_mask = DBG_INFO | DBG_WARN;
struct log_console console;
static struct log_client self;

// Pieces of a line are collected, so that a short line is one write to the kernel.
static char line[L4_VCON_WRITE_SIZE];
static unsigned line_len;

void console_flush(void)
{
    if (line_len)
        l4_vcon_send(L4_BASE_LOG_CAP, line, line_len);
    line_len = 0;
}

static void collect(void *ctx, char const *text, size_t len)
{
    (void)ctx;
    while (len) {
        size_t room = sizeof(line) - line_len, n = len < room ? len : room;
        memcpy(line + line_len, text, n);
        line_len += (unsigned)n;
        text += n;
        len -= n;
        if (line_len == sizeof(line))
            console_flush();
    }
    if (line_len && line[line_len - 1] == '\n')
        console_flush();
}

void say_init(void)
{
    console.emit = collect;
    log_client_init(&self, "", 0);
}

static void say_v(char const *prefix, char const *fmt, va_list ap)
{
    char text[320];
    int n = snprintf(text, sizeof(text), "%s", prefix);

    vsnprintf(text + n, sizeof(text) - (size_t)n - 1, fmt, ap);
    size_t len = strlen(text);
    text[len++] = '\n';
    log_write(&console, &self, text, len);
    console_flush();
}

void say(unsigned level, char const *fmt, ...)
{
    va_list ap;

    if (!(say_mask & level))
        return;
    va_start(ap, fmt);
    say_v("MOE: ", fmt, ap);
    va_end(ap);
}

void fatal(char const *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say_v("MOE: FATAL: ", fmt, ap);
    va_end(ap);
    l4_sleep_forever();
}
