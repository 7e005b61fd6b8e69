// SPDX-License-Identifier: MIT
// Physical memory: all free RAM of the machine, mapped 1:1. Pages of it are mapped into moe by
// sigma0 when they are touched first.
#pragma once

#include <stdint.h>
#include "frames.h"

extern struct frames phys_frames;

// Take all free RAM from sigma0.
void phys_init(void);

// `count` consecutive frames aligned to 2^align bytes, content undefined. FRAMES_NONE = none.
uint64_t phys_alloc(uint64_t count, unsigned align);

// Give frames back: they vanish from all tasks that have them mapped.
void phys_free(uint64_t addr, uint64_t count);

// Zero whole pages, also for who looks at them with its caches off.
void phys_clear(uint64_t addr, uint64_t bytes);

// What moe has written to [addr, addr + bytes) becomes visible to who looks at it with its caches off, and can be executed.
void phys_clean(uint64_t addr, uint64_t bytes);

// Make sigma0 map [addr, addr + bytes) of what boot loaded: read a byte of each page.
void phys_touch(uint64_t addr, uint64_t bytes);

// The memory itself.
static inline void *phys_ptr(uint64_t addr)
{
    return (void *)(uintptr_t)addr;
}
