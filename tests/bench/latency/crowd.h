// SPDX-License-Identifier: MIT
// Many threads that make one system call each, and then wait for ever. They have no stack.
#pragma once
#include "harness.h"

enum { CROWD = 1000, CROWD_AREA = 0x14000 }; // slots from there on: the threads

struct call {
    l4_umword_t tag, label, dest, timeouts;
};

static inline l4_cap_idx_t crowd_thread(unsigned i)
{
    return (l4_cap_idx_t)(CROWD_AREA + i) << L4_CAP_SHIFT;
}
l4_utcb_t *crowd_utcb(unsigned i);
// Makes the first n threads, with a priority.
void crowd_make(unsigned n, unsigned prio);
// Has thread i make the call.
void crowd_start(unsigned i, struct call const *c);
void crowd_delete(void);
