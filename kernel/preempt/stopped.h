// SPDX-License-Identifier: MIT
// A system call with items or flexpages that stopped at a preemption point: where its repetition goes on. It is known
// again by its place and its arguments; when these have changed it begins anew, at its caller's own risk.
#pragma once
#include "preempt/progress.h"

#define COLD __attribute__((cold, noinline))

struct thread;
struct invocation;

struct stopped_place { // one item or flexpage: what is done with it
    uint64_t to, from; // serial numbers of the object that changes, and of the task that is mapped from (0: none):
                       // between the call and its repetition either may go, and another get its address
    uint64_t control, fpage;
    uint32_t index;    // of the item, or of the word that is the flexpage
};

struct stopped {
    bool valid;
    uint64_t pc, tag;
    struct stopped_place place;
    struct progress progress;
};

// What is known of the call that `t` makes now on the object with serial number `to` if it, or one like it, has stopped
// before; else NULL. The caller looks whether the words at its place are the same.
COLD struct stopped const *stopped_of(struct thread const *t, uint64_t tag, uint64_t to);
// How far it came with one of them: zeros if it has not stopped there.
COLD struct progress stopped_progress(struct thread *t, uint64_t tag, struct stopped_place const *place);
// The call stops there now. Its repetition is up to the caller of this.
COLD void stopped_set(struct thread *t, uint64_t tag, struct stopped_place const *place, struct progress const *p);
// The call ends, or is given up.
void stopped_clear(struct thread *t);
// Makes the caller of an operation repeat its system call, after pending interrupts. Returns NO_RESULT.
uint64_t syscall_restart(struct invocation *in);
