// SPDX-License-Identifier: MIT
// How far an operation over a range chosen by a user came. It stops at a preemption point and is called again with the
// same arguments and the same progress, which begins as zeros.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct mapping;
struct cap_slot;

struct progress {
    uint64_t done;  // bytes, slots or lists of the range that need not be looked at again
    uint32_t count; // what was mapped so far
    uint32_t clearing; // log2 of a block of the target that is being emptied, 0: none
    struct cap_slot const *keep; // a slot that is not to be emptied yet
    struct mapping *marker; // for the place in a tree of mappings; NULL: such walks begin anew, and must be short
};

// True when an interrupt waits for this CPU, another thread for its time, or another CPU for a lock: long operations stop
// then (arch/arm64/preempt.c).
bool preempt_pending(void);

// To be asked after each step of an operation: is it to stop now? NULL: it must not.
static inline bool progress_stop(struct progress *p, uint64_t done)
{
    if (!p)
        return false;
    p->done = done;
    return preempt_pending();
}
