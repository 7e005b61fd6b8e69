// SPDX-License-Identifier: MIT
// A DMA space: what devices reach. A space of memory alone, like a task's, which no thread runs in.
#pragma once
#include "object/task.h"

extern struct object_ops const dma_space_ops;

// Whether this machine has something that keeps devices to a space.
bool dma_spaces_there(void);
// Makes an empty space; NULL when out of quota.
struct object *dma_space_create(struct quota *q);
