// SPDX-License-Identifier: MIT
// A semaphore: the sibling of an IRQ object whose trigger counts, or lets go a thread that waits.
#pragma once
#include "object/irq.h"

extern struct object_ops const semaphore_ops;
struct object *semaphore_create(struct quota *q);
// Lets the first one go that waits. Under the global lock.
void semaphore_wake(struct irq *s);
// Whose locks a down needs besides the local one.
static inline lock_set semaphore_down_locks(struct irq const *s)
{
    return __atomic_load_n(&s->count, __ATOMIC_RELAXED) ? 0 : LOCKS_ALL;
}
