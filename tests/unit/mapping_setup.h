// SPDX-License-Identifier: MIT
// Tasks without anything mapped, and sigma0, which has all memory.
#pragma once

#include "mem/mapping.h"
#include "mem/mapping_tree.h"
#include "object/task.h"

#include <check.h>

enum { PAGE = 4096, SUPER = 2 << 20, TASKS = 4 };
#define RAM            0x40000000ull
#define ABSENT         (~(uint64_t)0)
#define RESERVED_START (RAM + 3 * SUPER + 0x10000)
#define RESERVED_END   (RAM + 3 * SUPER + 0x30000)

extern struct task sigma0, task[TASKS];
extern struct mapping marker; // of the only call that may have stopped

void mapping_setup(void);

// Both go on where they stopped; unmap_mem() returns how often that was.
enum map_result map_mem(struct mem_mapping m);
unsigned unmap_mem(struct task *t, uint64_t addr, unsigned order, unsigned rights, bool self);

// From one task to another: sa and da are the addresses there.
struct mem_mapping mapping(unsigned from, uint64_t sa, unsigned to, uint64_t da, unsigned order, unsigned rights);
enum map_result map(unsigned from, uint64_t sa, unsigned to, uint64_t da, unsigned order, unsigned rights);
// From sigma0.
enum map_result map_ram(uint64_t phys, unsigned to, uint64_t da, unsigned order);

// What a task has there: the physical address or ABSENT; the rights or 99; the size of the page.
uint64_t at(unsigned t, uint64_t addr);
unsigned rights_at(unsigned t, uint64_t addr);
unsigned order_at(unsigned t, uint64_t addr);

TCase *mapping_steps_cases(void);
TCase *mapping_random_cases(void);
