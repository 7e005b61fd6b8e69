// SPDX-License-Identifier: MIT
// A quota: how much kernel memory the creator of objects may use. Every factory has one; a child's
// limit is taken from its parent, so that no user can exhaust the kernel. What counts is memory that
// nobody else can use meanwhile: objects below a page lie on slabs of their quota alone, and each
// slab is charged as the whole page that it is.
#pragma once
#include "debug/assert.h"
#include <stdbool.h>
#include <stdint.h>

enum { QUOTA_SLABS = 7 }; // sizes of objects below a page: 32 ... 2048 bytes

struct quota {
    struct quota *parent;
    uint64_t limit; // bytes
    uint64_t used;  // bytes, including the limits of children
    uint64_t objects; // bytes of what is handed out, each rounded up to a power of two: unlike `used` this does not depend on
                      // how objects of different ages share pages; without those of children
    uint32_t refs;  // the factory itself plus everything that is charged to it
    uint32_t partial[QUOTA_SLABS]; // kmem.c: heads of the lists of slabs with room
};

// Takes `bytes` from the quota; false, and nothing taken, when the limit would be passed.
static inline bool quota_take(struct quota *q, uint64_t bytes)
{
    assert(q->used <= q->limit);
    if (bytes > q->limit - q->used)
        return false;
    q->used += bytes;
    return true;
}

static inline void quota_give(struct quota *q, uint64_t bytes)
{
    assert(bytes <= q->used);
    q->used -= bytes;
}

static inline void quota_ref(struct quota *q)
{
    assert(q->refs);
    q->refs++;
}

// Drops a reference; the last one returns the limit to the parent and frees the quota. (kmem.c)
void quota_unref(struct quota *q);
// Makes a child with a limit in bytes; NULL when the parent has not enough left or memory is out.
// (kmem.c)
struct quota *quota_create(struct quota *parent, uint64_t limit);
extern struct quota quota_root;
