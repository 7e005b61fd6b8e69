// SPDX-License-Identifier: MIT
// One SMMU's registers and the two queues by which it is spoken to. Under the global lock.
#pragma once
#include "arch/arm64/smmu_regs.h"
#include <ashlar/boot_info.h>
#include <stdbool.h>

struct smmu {
    char *base;
    unsigned number;      // by which callers know it
    uint64_t (*commands)[2];
    uint64_t (*events)[4];
    unsigned command_bits, event_bits; // log2 of their entries
    uint32_t produced;    // index of the next command, with its wrap bit
    uint32_t consumed;    // of the next event
    unsigned stream_bits; // streams that its table has room for
    uint64_t *streams;    // the stream table's first level, or the only one
    uint8_t **reported;   // events of each stream, in blocks of STREAM_BLOCK
    bool two_levels;
    uint64_t entry_sizes; // word 2 of stream table entries without their VMID
};
enum { STREAM_BLOCK_BITS = 8, STREAM_BLOCK = 1 << STREAM_BLOCK_BITS };

static inline uint32_t smmu_read(struct smmu const *s, enum smmu_register r)
{
    return *(uint32_t const volatile *)(s->base + r);
}

static inline void smmu_write(struct smmu const *s, enum smmu_register r, uint32_t v)
{
    *(uint32_t volatile *)(s->base + r) = v;
}

static inline void smmu_write64(struct smmu const *s, enum smmu_register r, uint64_t v)
{
    *(uint64_t volatile *)(s->base + r) = v;
}

// Sets a register and waits for `ack` to show the value. False: it does not.
bool smmu_write_acked(struct smmu const *s, enum smmu_register r, enum smmu_register ack, uint32_t v);
// Allocates both queues and tells the SMMU where they are; it must be off. False when out of memory.
bool smmu_queues_init(struct smmu *s);
// Puts a command; smmu_sync() then waits until all are done and what was under way before is over. Halts when the SMMU does
// not take them: nobody could say any more what devices reach.
void smmu_command(struct smmu *s, uint64_t w0, uint64_t w1);
void smmu_sync(struct smmu *s);
// Takes the oldest event. False: there is none.
bool smmu_event(struct smmu *s, uint64_t event[4]);
