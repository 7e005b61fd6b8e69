// SPDX-License-Identifier: MIT
// stdout and stderr. A line leaves in one message and from a buffer of its thread, so that lines of
// several threads do not mix and need no lock. Threads without thread-local storage share a buffer.
#include "log_stream.h"

#include <l4/re/c/log.h>
#include <l4/re/mutex.h>
#include <l4/sys/utcb.h>
#include <l4/sys/vcon.h>
#include <stdbool.h>
#include <stdio.h>

struct line {
    unsigned len;
    char data[L4_VCON_WRITE_SIZE];
};

static __thread struct line line;

static l4re_mutex_t shared_lock = L4RE_MUTEX_INIT;
static struct line shared_line;
static l4_utcb_t const *shared_writer; // whose text it holds

// The kernel starts a thread with its UTCB as thread pointer; who needs a C runtime replaces it.
static bool has_tls(void)
{
    void const *tp = __builtin_thread_pointer();
    return tp && tp != l4_utcb();
}

void log_stream_write(char const *buf, size_t len)
{
    while (len) {
        size_t n = len > L4_VCON_WRITE_SIZE ? L4_VCON_WRITE_SIZE : len;
        l4re_log_printn(buf, (int)n);
        buf += n;
        len -= n;
    }
}

static void line_flush(struct line *l)
{
    unsigned n = l->len;
    l->len = 0;
    log_stream_write(l->data, n);
}

static void line_put(struct line *l, char c)
{
    l->data[l->len++] = c;
    if (c == '\n' || l->len == sizeof(l->data))
        line_flush(l);
}

static void shared_put(char c)
{
    l4re_mutex_lock(&shared_lock);
    if (shared_writer != l4_utcb())
        line_flush(&shared_line);
    shared_writer = l4_utcb();
    line_put(&shared_line, c);
    l4re_mutex_unlock(&shared_lock);
}

static void shared_flush(void)
{
    l4re_mutex_lock(&shared_lock);
    line_flush(&shared_line);
    l4re_mutex_unlock(&shared_lock);
}

void log_stream_flush(void)
{
    if (has_tls())
        line_flush(&line);
    else
        shared_flush();
}

void log_stream_flush_all(void)
{
    log_stream_flush();
    shared_flush();
}

static int log_put(char c, FILE *f)
{
    (void)f;
    if (has_tls())
        line_put(&line, c);
    else
        shared_put(c);
    return (unsigned char)c;
}

static int log_flush(FILE *f)
{
    (void)f;
    log_stream_flush();
    return 0;
}

static FILE log_file = FDEV_SETUP_STREAM(log_put, NULL, log_flush, _FDEV_SETUP_WRITE);

FILE *const stdout = &log_file;
FILE *const stderr = &log_file;
