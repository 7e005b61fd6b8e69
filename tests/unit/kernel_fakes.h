// SPDX-License-Identifier: MIT
// What the kernel's machine-independent parts need from the machine, for unit tests on the host.
#pragma once
#include <arch/stage2.h>
#include "object/object.h"
#include <stdbool.h>
#include <stddef.h>

enum { FAKE_HEAP = 32 << 20 };

extern char fake_print[4096]; // what the kernel has printed

extern bool fake_unlocked; // this CPU does not hold the global lock

// A fresh kernel heap; ends the one before.
void fake_heap_init(size_t size);

// preempt_pending() answers true each `n`-th time; 0 = never.
extern unsigned fake_preempt_every;

// Deferred work: is there some; does it, false = stopped at a preemption point.
bool fake_work_waits(void);
bool fake_work_do(void);

// Flushes since the last fake_tlb_reset(). A page counts as flushed with its space.
void fake_tlb_reset(void);
bool fake_tlb_flushed(struct space *s, uint64_t addr);
unsigned fake_tlb_count(void);

extern unsigned fake_icache_count; // calls of icache_prepare()
