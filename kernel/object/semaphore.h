// SPDX-License-Identifier: MIT
// A semaphore: the sibling of an IRQ object whose trigger counts, or lets go a thread that waits.
#pragma once
#include "object/irq.h"

extern struct object_ops const semaphore_ops;
struct object *semaphore_create(struct quota *q);
void semaphore_up(struct irq *s);
