// SPDX-License-Identifier: MIT
// What all kernel objects have in common: a type, the slots that name them, who pays for them.
#pragma once
#include "mem/cap_space.h"
#include "mem/quota.h"
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
    struct object *next_dying; // queue of object_reap()
};

// An operation of a kernel object on the words and items in the caller's UTCB.
struct invocation {
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
    // Called by object_reap() only.
    void (*destroy)(struct object *o);
    // Optional, for long work before destroy: does some of it; false = stopped at a preemption
    // point, call again.
    bool (*destroy_step)(struct object *o);
};
extern struct object_ops const *const object_ops[OBJ_TYPES];

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

// Empties all slots of the object and queues it for object_reap(), unless it is immortal. Nobody
// can name the object any more, but its memory is valid until object_reap(), so that an operation
// may destroy what it works on. Safe to call twice.
void object_destroy(struct object *o);
// Drops `n` references; at zero the object is destroyed (as above).
void object_unref(struct object *o, uint32_t n);

// Destroys what object_destroy() queued. To be called under the exclusive lock at the end of each
// kernel entry that held it (nothing may keep pointers to objects across the call), and from the
// idle loop while it returns false. Returns false when it stopped at a preemption point.
bool object_reap(void);
// True while objects wait for object_reap().
bool object_reap_pending(void);

// Makes the caller repeat its system call after pending interrupts (defined beside the system call
// entry).
void syscall_restart(struct invocation *in);
