// SPDX-License-Identifier: MIT
// Input from the log capability. A semaphore at its interrupt pin tells that something has come,
// which needs no receive endpoint and so disturbs no server loop of the program.
#include "stdin.h"
#include "log_stream.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/re/mutex.h>
#include <l4/sys/factory.h>
#include <l4/sys/semaphore.h>
#include <l4/sys/vcon.h>
#include <stdio.h>

static l4re_mutex_t lock = L4RE_MUTEX_INIT;
static l4_cap_idx_t input_sem = L4_INVALID_CAP;
static enum { INPUT_NEW, INPUT_READY, INPUT_NONE } state;

static void stdin_open(void)
{
    state = INPUT_NONE;
    input_sem = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(input_sem))
        return;
    if (l4_error(l4_factory_create_semaphore(l4re_env()->factory, input_sem)) < 0 ||
        l4_error(l4_icu_bind(l4re_env()->log, 0, input_sem)) < 0) {
        l4re_util_cap_free_um(input_sem);
        return;
    }
    l4_irq_unmask(input_sem);
    state = INPUT_READY;
}

ssize_t stdin_read(char *buf, size_t size)
{
    ssize_t got = 0;
    log_stream_flush(); // a prompt
    l4re_mutex_lock(&lock);
    if (state == INPUT_NEW)
        stdin_open();
    while (state == INPUT_READY && size) {
        unsigned want = size > L4_VCON_READ_SIZE ? L4_VCON_READ_SIZE : (unsigned)size;
        long r = l4_vcon_read_with_flags(l4re_env()->log, buf, want);
        if (r < 0) {
            state = INPUT_NONE;
            break;
        }
        got = r & L4_VCON_READ_SIZE_MASK;
        if (got)
            break;
        l4_semaphore_down(input_sem, L4_IPC_NEVER);
    }
    l4re_mutex_unlock(&lock);
    return got;
}

static int stdin_get(FILE *f)
{
    (void)f;
    char c;
    return stdin_read(&c, 1) == 1 ? (unsigned char)c : _FDEV_EOF;
}

static FILE in_file = FDEV_SETUP_STREAM(NULL, stdin_get, NULL, _FDEV_SETUP_READ);

FILE *const stdin = &in_file;
