// SPDX-License-Identifier: MIT
// What must end the program, with a message: each part ends before it says that it is done.
#include "parts.h"

#include <l4/re/thread.h>
#include <stdio.h>
#include <string.h>

enum { FRAME = 256, BUFFER = 16, TOO_FAR = 64 };

static unsigned volatile too_far = TOO_FAR, forever = 1;

static __attribute__((noinline)) void fill(char volatile *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        p[i] = 'x';
}

static __attribute__((noinline)) char smash(void)
{
    char volatile buffer[BUFFER];
    fill(buffer, too_far);
    return buffer[0];
}

void part_smash(void)
{
    check(smash() != 'x', "nobody comes here");
}

void part_copy(void)
{
    static char text[TOO_FAR];
    char buffer[BUFFER];
    memset(text, 'x', too_far - 1);
    strcpy(buffer, text);
    check(buffer[0] != 'x', "nobody comes here");
}

static __attribute__((noinline)) unsigned deeper(unsigned depth)
{
    char volatile frame[FRAME];
    fill(frame, 1);
    return forever ? deeper(depth + 1) + (unsigned)frame[0] : depth;
}

void part_overflow(void)
{
    check(!deeper(0), "nobody comes here");
}

static void *thread(void *arg)
{
    (void)arg;
    check(!deeper(0), "nobody comes here");
    return NULL;
}

void part_thread_overflow(void)
{
    struct l4re_thread t;
    check(!l4re_thread_create(&t, thread, NULL, NULL), "a thread starts");
    l4re_thread_join(&t, NULL);
}
