// SPDX-License-Identifier: MIT
// What all kernel objects have in common: a type, the slots that name them, who pays for them.
#pragma once
#include <arch/index.h>
#include "mem/quota.h"
#include "object/cap_space.h"
#include "object/operation.h"
#include "preempt/work.h"
#include <l4/sys/compiler.h>
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
    OBJ_DMA_SPACE,
    OBJ_IOMMU,
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
    uint64_t serial;        // of no other object, now or later: an address may be used again
};

struct icu_pins;

struct object_ops {
    struct protocol protocols[MAX_PROTOCOLS + 1]; // what it understands, the most used first; an empty one ends it
    bool bare_invalid;           // a message without words is -L4_EINVAL, whatever its protocol (kernel-abi 4.1)
    struct icu_pins const *pins; // of an interrupt controller (icu.h)
    // Takes the object apart after its last slot is gone; frees its memory with object_free().
    // May leave it to somebody who calls object_destroy_again().
    void (*destroy)(struct object *o);
    // Optional, for long work before destroy: does some of it; false = stopped at a preemption
    // point, call again.
    bool (*destroy_step)(struct object *o);
};
extern struct object_ops const *const object_ops[OBJ_TYPES];

// The operation of the object's first protocol that a message asks for; NULL: it is to be looked for with operation_find().
static inline struct operation const *operation_find_first(struct object const *o, uint64_t tag, uint64_t word)
{
    struct protocol const *p = object_ops[o->type]->protocols;
    if (L4_UNLIKELY(p->label != tag_label(tag)) || L4_UNLIKELY(!tag_words(tag)))
        return NULL;
    uint64_t number = word & p->op_mask;
    if (L4_UNLIKELY(!index_below(&number, p->count)))
        return NULL;
    struct operation const *op = &p->operations[number];
    return L4_LIKELY(op->run) ? op : NULL;
}

static inline struct object *object_of_work(struct work *w)
{
    return (struct object *)((char *)w - offsetof(struct object, work));
}

extern uint64_t objects_made;

static inline void object_init(struct object *o, enum object_type type, struct quota *q)
{
    o->type = (uint8_t)type;
    o->serial = ++objects_made;
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
