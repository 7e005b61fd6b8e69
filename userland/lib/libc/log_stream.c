// SPDX-License-Identifier: MIT
// stdout and stderr. A line leaves in one message and from a buffer of its thread, so that lines of
// several threads do not mix and need no lock.
#include "log_stream.h"

#include <l4/re/c/log.h>
#include <l4/sys/vcon.h>
#include <stdio.h>

static __thread struct {
    unsigned len;
    char data[L4_VCON_WRITE_SIZE];
} line;

void log_stream_write(char const *buf, size_t len)
{
    while (len) {
        size_t n = len > L4_VCON_WRITE_SIZE ? L4_VCON_WRITE_SIZE : len;
        l4re_log_printn(buf, (int)n);
        buf += n;
        len -= n;
    }
}

void log_stream_flush(void)
{
    if (line.len) {
        unsigned n = line.len;
        line.len = 0;
        log_stream_write(line.data, n);
    }
}

static int log_put(char c, FILE *f)
{
    (void)f;
    line.data[line.len++] = c;
    if (c == '\n' || line.len == sizeof(line.data))
        log_stream_flush();
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
