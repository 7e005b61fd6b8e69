// SPDX-License-Identifier: MIT
// Which emulated device answers at a guest physical address. Filled before the guest runs and
// read-only from then on: lookups need no lock.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MMIO_MAX_REGIONS 64

struct vcpu;

// Accessors: `off` from the start of the region, `size` log2 of the bytes (0..3). They run on the
// thread of `v` and are compiled without FP registers (see fp.h).
struct mmio_ops {
    uint64_t (*read)(void *ctx, struct vcpu *v, uint64_t off, unsigned size);
    void (*write)(void *ctx, struct vcpu *v, uint64_t off, unsigned size, uint64_t value);
};

struct mmio_region {
    uint64_t start;
    uint64_t end; // exclusive
    struct mmio_ops const *ops; // NULL: mapped into the guest, accesses do not come here
    void *ctx;
    char const *name; // for messages
    uint8_t const *memory; // what the guest finds there when it reads and executes, mapped here; NULL: not known
    uint64_t memory_size;  // from `start` on
};

struct mmio_map {
    struct mmio_region region[MMIO_MAX_REGIONS]; // sorted by start
    unsigned count;
};

// Adds a region. 0; -1 table full or region empty; -2 overlap, with *with set to the name of the
// region in the way.
int mmio_map_add(struct mmio_map *m, struct mmio_region const *r, char const **with);

// Where [addr, addr + size) of such a memory is here, or NULL.
void const *mmio_map_memory(struct mmio_map const *m, uint64_t addr, uint64_t size);

// The region at this address, or NULL.
static inline struct mmio_region const *mmio_map_find(struct mmio_map const *m, uint64_t addr)
{
    unsigned lo = 0, hi = m->count;
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        struct mmio_region const *r = &m->region[mid];
        if (addr < r->start)
            hi = mid;
        else if (addr >= r->end)
            lo = mid + 1;
        else
            return r;
    }
    return 0;
}
