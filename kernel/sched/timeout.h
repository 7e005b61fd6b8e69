// SPDX-License-Identifier: MIT
// Timeouts: each CPU has a list of the threads with one, earliest first.
#pragma once
#include <stdint.h>

struct thread;

struct timeout { // part of a thread
    struct thread *next, *prev;
    uint64_t when; // counter ticks
};

// Starts the timeout of a thread that has none running, on its CPU, to end at `when` (counter ticks).
void timeout_start(struct thread *t, uint64_t when);
// Stops it, if it runs.
void timeout_stop(struct thread *t);
