// SPDX-License-Identifier: MIT
// The memory of an area: a head, then chunks one behind the other. Both sides write it, so what is read is checked.
#pragma once

#include <l4/shmc/shmc.h>

#define AREA_MAGIC  0x5368417221041972ul
#define CHUNK_MAGIC 0x5368436821041972ul
#define CHUNK_ALIGN 16ul
#define AREA_ENTRY  "shm" // the dataspace's name in the namespace

enum chunk_state { CHUNK_CLEAR, CHUNK_TAKEN, CHUNK_READY };

struct l4shmc_area_head {
    l4_umword_t magic;
    l4_umword_t lock; // 1: somebody adds a chunk
    l4_umword_t used; // bytes, heads included: chunks are below
};

struct l4shmc_chunk_head {
    l4_umword_t magic;
    l4_umword_t capacity;
    l4_umword_t state;
    l4_umword_t size;
    char name[L4SHMC_NAME_MAX];
    // then the payload
};

L4_ABI_ASSERT(sizeof(struct l4shmc_chunk_head) % CHUNK_ALIGN == 0, "payload");

// Offset of the first chunk.
#define AREA_FIRST ((sizeof(struct l4shmc_area_head) + CHUNK_ALIGN - 1) & ~(CHUNK_ALIGN - 1))

// 0 if a name fits, or -L4_EINVAL, -L4_ENAMETOOLONG.
long shmc_check_name(char const *name);

// Calls step() until it returns something else than -L4_ENOENT or -L4_EAGAIN, or the time is over.
long shmc_wait_for(long (*step)(void *), void *arg, l4_umword_t timeout_ms);
#define SHMC_FOREVER (~0ul)
