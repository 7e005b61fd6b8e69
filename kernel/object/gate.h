// SPDX-License-Identifier: MIT
// An IPC gate: a protected name (label) for messages to one thread.
#pragma once
#include "debug/assert.h"
#include "object/object.h"
#include "object/thread.h"

struct gate {
    struct thread *thread; // NULL: unbound, senders wait in `waiting`
    uint64_t label;
    bool receiver_gone;    // the bound thread does not exist any more
    struct gate *next_bound, **pprev_bound; // gates of the same thread
    struct sender_queue waiting;
    struct object obj;
};

extern struct object_ops const gate_ops;

static inline struct gate *gate_of(struct object *o)
{
    assert(o->type == OBJ_GATE);
    return (struct gate *)((char *)o - offsetof(struct gate, obj));
}

// A new gate; `thread` may be NULL (unbound). NULL when out of quota.
struct object *gate_create(struct quota *q, uint64_t label, struct thread *thread);
// Sends (or, as t->send_flags say, receives) through a gate. Without a bound thread the caller waits for one.
void gate_send(struct thread *t, struct gate *g, uint32_t rights);
// The thread object goes away: its gates have no receiver any more.
// False when it stopped at a preemption point: call again.
bool gate_thread_gone(struct thread *t);
