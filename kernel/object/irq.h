// SPDX-License-Identifier: MIT
// An IRQ object: turns an interrupt line or a software trigger into a message. A semaphore is its sibling.
#pragma once
#include "debug/assert.h"
#include "lock/lock_set.h"
#include "object/object.h"
#include "object/thread.h"
#include <l4/sys/abi/objects.h>

struct irq {
    struct sender sender;    // queued at `thread`
    struct thread *thread;
    struct irq *next_bound, **pprev_bound; // IRQ objects of the same thread
    uint64_t id;             // label of the message
    int32_t pin;
    struct irq **pin_slot;   // the pin's entry that names this object, NULL = bound to no pin
    struct icu_pins const *pins; // of the interrupt controller object that has the pin
    bool level;
    bool masked;
    bool pending;            // triggered while no thread was bound; set under any lock, cleared under the global one
    bool masked_by_queue;    // edge: masked because a message is queued
    bool forgetting;         // its destruction walks over all threads
    // semaphore
    uint64_t count;          // changed by atomic steps, under any lock
    struct sender_queue blocked; // threads in down
    struct object obj;
};

struct icu_pins;
extern struct object_ops const irq_ops;

static inline struct irq *irq_of(struct object *o)
{
    assert(o->type == OBJ_IRQ || o->type == OBJ_SEMAPHORE);
    return (struct irq *)((char *)o - offsetof(struct irq, obj));
}

static inline struct irq *sender_irq(struct sender *s)
{
    return (struct irq *)((char *)s - offsetof(struct irq, sender));
}

struct object *irq_create(struct quota *q);
// The same for an object that is one of its kin.
struct object *irq_make(struct quota *q, enum object_type type);
void irq_destroy(struct object *o);

// Whose locks an interrupt and unmasking need: a bound IRQ object belongs to its thread's CPU.
lock_set irq_locks(struct irq const *i);
// A trigger that concerns no thread: true, it is done. As long as any lock is held an unbound object stays unbound, and
// nobody begins to wait at a semaphore; then it is one atomic step.
static inline bool irq_trigger_alone(struct irq *i)
{
    if (i->obj.type == OBJ_IRQ) {
        if (i->thread)
            return false;
        __atomic_store_n(&i->pending, true, __ATOMIC_RELAXED);
        return true;
    }
    if (i->blocked.first)
        return false;
    __atomic_fetch_add(&i->count, 1, __ATOMIC_RELEASE);
    return true;
}
// Whose locks a trigger needs besides the local one.
lock_set irq_trigger_locks(struct irq const *i);
// Software triggers the object, or ups the semaphore.
void irq_trigger(struct irq *i);
// The interrupt line that the object is bound to has fired; a level line is masked here.
void irq_handle(struct irq *i);
// The message was taken by the receiver.
void irq_consumed(struct irq *i);
// The object is bound to an interrupt line now, or is not any more.
void irq_pin_changed(struct irq *i);
// The thread runs on another CPU now: its interrupts follow.
void irq_thread_moved(struct thread *t);
// The thread that interrupts of this object go to is gone.
// False when it stopped at a preemption point: call again.
bool irq_thread_gone(struct thread *t);

// Trigger and unmask: what IRQ objects and semaphores have in common. A message without words is a trigger.
enum { IRQ_OPERATIONS = L4_IRQ_EOI_OP + 1 };
extern struct operation const irq_operations[IRQ_OPERATIONS];
#define IRQ_PROTOCOL {L4_PROTO_IRQ, L4_IRQ_OPCODE_MASK, IRQ_OPERATIONS, irq_operations, &irq_operations[L4_IRQ_TRIGGER_OP]}
