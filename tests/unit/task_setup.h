// SPDX-License-Identifier: MIT
// A thread that invokes objects as a program does: words and items in its UTCB. Threads, gates and what
// else is not under test are objects that do nothing.
#pragma once

#include "ipc/invocation.h"
#include "object/task.h"
#include "object/thread.h"

#include <check.h>

enum { UTCB_AREA = 0x10000 };
// Slots of the caller's task; WEAK_TASK and OTHER both name `other`.
enum { TASK = 1, FACTORY = 2, THREAD = 3, GATE = 4, WEAK_TASK = 5, OTHER = 6 };

extern struct thread caller;
extern struct task *me, *other; // the caller's task, and one without threads
extern l4_utcb_t *u;            // the caller's
extern uint32_t rights_used;    // what is left of the rights of an invoked capability
extern bool scribble;           // another thread changes the words as soon as the operation has begun
extern uint64_t result;         // message tag of the last invocation
extern unsigned restarts;       // how often a system call stopped
extern uint64_t last_label;     // of the last gate that was created, and its thread
extern struct thread *last_thread;

void task_setup(void);

struct object *object_at(struct task *t, uint64_t index);

// Invokes the object in a slot with the words in the UTCB; returns the result's label, or 1000
// times the IPC error.
int64_t invoke(uint64_t index, int64_t label, unsigned words, unsigned items);
// One step of it: until the end, or until the call stops.
void invoke_once(struct cap_slot *s, struct invocation *in);

// An item with a capability in words `word` and `word` + 1; flexpages of memory and of objects.
void item(unsigned word, uint64_t index);
uint64_t mem_page(uint64_t addr, unsigned order, unsigned rights);
uint64_t obj_page(uint64_t index, unsigned order, unsigned rights);

// invoke() for usual operations; create() expects further words and items to be there.
int64_t create(int64_t type, uint64_t slot, unsigned words, unsigned items);
int64_t task_map(uint64_t dst, uint64_t src, uint64_t page, uint64_t control);
int64_t unmap(uint64_t task, uint64_t page, uint64_t mask);

TCase *factory_cases(void);
TCase *iommu_cases(void);
