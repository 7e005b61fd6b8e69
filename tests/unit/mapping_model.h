// SPDX-License-Identifier: MIT
// A second, naive account of who has mapped what from whom: an array of nodes searched from end to
// end. The random test compares the kernel's page tables and mapping tree with it.
#pragma once
#include "mem/mapping.h"
#include "object/task.h"

enum { MODEL_NODES = 40000, MODEL_WINDOWS = 2 };

// The tasks' pages lie in windows of 4 MiB at these addresses.
extern uint64_t const model_window[MODEL_WINDOWS];
enum { MODEL_WINDOW_SIZE = 4 << 20 };

void model_reset(void);
void model_reserve(uint64_t start, uint64_t end); // as mem_reserve
void model_kumem(struct task *t, uint64_t addr);
enum map_result model_map(struct mem_mapping m);
void model_unmap(struct task *t, uint64_t addr, unsigned order, unsigned rights, bool self);
// Compares the tables of a task with the model; NULL when equal, else what differs.
char const *model_compare(struct task *t);
unsigned model_count(void);
