// SPDX-License-Identifier: MIT
// A program that ends because it found itself wrong. picolibc's own abort() and assert() leave no frame record: the calls
// that led to them would be lost.
#include "abort.h"
#include "log_stream.h"

#include <assert.h>
#include <l4/re/abort.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void abort_here(void)
{
    log_stream_flush_all();
    __asm__ volatile("brk %0" : : "i"(L4RE_BRK_ABORT));
    _exit(128 + SIGABRT); // somebody has passed over it
}

void abort(void)
{
    void (*handler)(int) = signal(SIGABRT, SIG_DFL);

    if (handler != SIG_DFL && handler != SIG_IGN && handler != SIG_ERR)
        handler(SIGABRT);
    log_stream_flush();
    fprintf(stderr, "aborted\n");
    abort_here();
}

void __assert_func(char const *file, int line, char const *function, char const *expression)
{
    log_stream_flush();
    fprintf(stderr, "%s:%d: %s%sassertion '%s' does not hold\n", file, line, function ? function : "",
            function ? ": " : "", expression);
    abort();
}
