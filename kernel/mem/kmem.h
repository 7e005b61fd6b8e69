// SPDX-License-Identifier: MIT
// Kernel memory: a buddy allocator of page frames over the heap that boot handed over, and
// power-of-two slabs below a page on top of it, each slab for one quota. All calls under the global
// lock.
#pragma once
#include "mem/quota.h"
#include <stddef.h>
#include <stdint.h>

// Gives the range [start, end) of kernel virtual addresses, page aligned, to the allocator.
void kmem_init(void *start, void *end);

// Allocates `size` bytes, zeroed, aligned to the size rounded up to a power of two (at least 32).
// `q` is charged with the pages that this takes: none when one of its slabs has room. NULL when the
// quota or the memory is used up.
void *kmem_alloc(struct quota *q, size_t size);
// Frees what kmem_alloc(q, size) returned.
void kmem_free(struct quota *q, void *p, size_t size);

uint64_t kmem_free_bytes(void);
