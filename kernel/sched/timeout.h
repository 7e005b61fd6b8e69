// SPDX-License-Identifier: MIT
// Timeouts of threads. How long starting, stopping and finding one takes depends on the logarithm of their number, since
// it is users who choose that: a balanced tree for each CPU, ordered by priority, then time. Each node knows the earliest
// time below it.
//
// An expired timeout wakes a thread, which is work at that thread's priority: what is less urgent than the current thread
// waits in the run queue (sched.c), and until then the timer is not set for what is no more urgent than that.
#pragma once
#include "sched/run_queue.h"

struct thread;

struct timeout { // part of a thread
    struct timeout *parent, *child[2]; // child[0]: those before it
    uint64_t when;     // counter ticks
    uint64_t earliest; // of it and those below
    uint8_t prio;
    uint8_t height;
};

struct timeouts { // of a CPU
    struct timeout *root;
    struct run_entry entry; // expired ones that wait for their turn
};

// Starts the timeout of a thread that has none running, on its CPU, to end at `when` (counter ticks).
void timeout_start(struct thread *t, uint64_t when);
// Stops it, if it runs.
void timeout_stop(struct thread *t);
// The thread of the expired timeout of the highest priority, the earliest of these; NULL: none has expired at `now`.
struct thread *timeout_expired(struct timeouts const *q, uint64_t now);
// When the first timeout of more than this priority (-1: of any) ends; ~0 = none.
uint64_t timeout_earliest(struct timeouts const *q, int prio);

// The tree itself.
void timeout_insert(struct timeouts *q, struct timeout *x);
void timeout_remove(struct timeouts *q, struct timeout *x);
