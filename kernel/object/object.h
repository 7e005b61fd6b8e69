// SPDX-License-Identifier: MIT
// What all kernel objects have in common: a type, the slots that name them, who pays for them.
#pragma once
#include "mem/cap_space.h"
#include "mem/quota.h"
#include "preempt/work.h"
#include <stdbool.h>
#include <stdint.h>

struct thread;

enum object_type {
    OBJ_GATE = 1,
    OBJ_THREAD,
    OBJ_TASK,
    OBJ_FACTORY,
    OBJ_IRQ,
    OBJ_SEMAPHORE,
    OBJ_ICU,
    OBJ_SCHEDULER,
    OBJ_VCON,
    OBJ_TYPES
};

struct object {
    struct cap_slot *slots; // all slots that name this object, first
    struct quota *quota;    // charged for it
    uint32_t refs;          // counted slots, minus what dec_refcnt took
    uint8_t type;           // enum object_type
    bool immortal;          // initial objects: never destroyed
    bool dying;
    struct work work;       // what the kernel is still to do with it
};

// An operation of a kernel object. Its arguments are a copy: the UTCB is memory that other threads may change meanwhile.
// What lies beyond (lists of words, text) is read with in_word() of ipc/invocation.h, each word once.
enum { IN_WORDS = 8 };
struct invocation {
    uint64_t w[IN_WORDS]; // the first message registers, as far as the message has words
    struct thread *caller;
    struct object *obj;
    uint32_t rights; // of the caller's slot
    uint64_t tag;    // in (raw message tag; ipc/utcb.h)
    bool has_recv;   // the caller waits for the result
    union {
        struct {
            bool no_reply; // out: the op has no result; a requested receive phase is a real one
            bool blocked;  // out: the caller does not continue now (semaphore down, restart)
        };
        uint16_t unusual;  // any of them
    };
};

struct object_ops {
    // Executes the operation and returns the result tag; words and items of the result are in the
    // caller's UTCB.
    uint64_t (*invoke)(struct invocation *in);
    // Takes the object apart after its last slot is gone; frees its memory with object_free().
    // May leave it to somebody who calls object_destroy_again().
    void (*destroy)(struct object *o);
    // Optional, for long work before destroy: does some of it; false = stopped at a preemption
    // point, call again.
    bool (*destroy_step)(struct object *o);
};
extern struct object_ops const *const object_ops[OBJ_TYPES];

static inline struct object *object_of_work(struct work *w)
{
    return (struct object *)((char *)w - offsetof(struct object, work));
}

static inline void object_init(struct object *o, enum object_type type, struct quota *q)
{
    o->type = (uint8_t)type;
    o->quota = q;
    if (q)
        quota_ref(q);
}

// Returns the memory of an object (its allocation starts at `start` and has `size` bytes) and its
// reference to the quota. The last thing that ops->destroy does.
void object_free(struct object *o, void *start, size_t size);

// Empties the slots of an object that is about to be destroyed, all but `keep` (NULL: none): they may be many. False when
// it stopped at a preemption point, to be called again. Leaves an immortal object as it is.
bool object_strip(struct object *o, struct cap_slot *keep);
// Empties all slots of the object and defers its destruction, unless it is immortal. Nobody can name the object any more,
// but its memory is valid until the end of the kernel entry, so that an operation may destroy what it works on. Safe to
// call twice.
void object_destroy(struct object *o);
// Defers it once more: the object's destroy left it, for somebody still used it.
void object_destroy_again(struct object *o);
// Defers work on an object that may be destroyed before: then it is not done. `step` as for work_defer().
void object_defer(struct object *o, struct cpu *cpu, bool (*step)(struct work *w), unsigned prio);
// Drops `n` references; at zero the object is destroyed (as above).
void object_unref(struct object *o, uint32_t n);
