// SPDX-License-Identifier: MIT
// A heap in a list of free blocks, without locks: of memory that the caller gives it.
#pragma once

#include <l4/sys/types.h>

typedef struct l4la_free_t_s {
    struct l4la_free_t_s *next;
    l4_size_t size;
} l4la_free_t;

#define L4LA_INITIALIZER 0

L4_BEGIN_DECLS

// Adds a block, new or from l4la_alloc(). Its size is rounded up as l4la_alloc() does it, to a multiple of 16 bytes, which new
// memory must have.
void l4la_free(l4la_free_t **first, void *block, l4_size_t size);

// A block of `size` bytes, aligned to 2^align bytes, at least 16. NULL when no free block has it.
void *l4la_alloc(l4la_free_t **first, l4_size_t size, unsigned align);

// Prints the free blocks.
void l4la_dump(l4la_free_t **first);

// Free bytes, in all blocks.
l4_size_t l4la_avail(l4la_free_t **first);

L4_END_DECLS
