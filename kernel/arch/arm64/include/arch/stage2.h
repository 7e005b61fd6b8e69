// SPDX-License-Identifier: MIT
// Stage-2 tables: user address spaces and guest-physical address spaces, 40 bits, 4 KiB granule,
// start level 1 with two concatenated tables. (Arm ARM D8.2)
#pragma once
#include "object/task.h"
#include <stddef.h>

enum {
    S2_BITS = 40,
    S2_PAGE = L4_PAGESHIFT,       // order of a level-3 leaf
    S2_SUPER = L4_SUPERPAGESHIFT, // order of a level-2 leaf
    S2_TOP = 30,                  // order of what a level-1 entry covers; no leaves there
};

// One table of level 2 or 3 and, behind it, the mapping node of each leaf (a leaf without a node is
// memory of the kernel's own). 8 KiB, aligned. The root has no leaves: both halves are entries, its
// two concatenated tables.
struct ptab {
    uint64_t pte[512];
    struct mapping *node[512];
};

struct s2_leaf {   // where a walk ended: fits into two registers
    uint64_t *pte; // NULL when no table exists down to a leaf
    unsigned order; // 12 or 21; without pte 30: the whole level-1 entry is empty
};

// The place for the node of a leaf with a pte.
static inline struct mapping **s2_node(struct s2_leaf l)
{
    return (struct mapping **)((char *)l.pte + offsetof(struct ptab, node));
}

// Makes the root table. False when out of quota.
bool stage2_init(struct space *s, struct quota *q);
// Walks to the entry that maps `addr` (present or not).
struct s2_leaf stage2_walk(struct space *s, uint64_t addr);
// A walk to `addr` (below `end`, which is at most 2^S2_BITS) ended at an empty entry `l`: the address of the next entry in
// the same table that is not empty, of the table's end, or of the first entry that is not below `end`.
uint64_t stage2_next(struct space *s, struct s2_leaf l, uint64_t addr, uint64_t end);
// Walks to the entry of `order` (12 or 21) for `addr`, making tables; pte NULL when out of quota.
// No leaf of another order may be there: for 21 remove the table first (stage2_prune), for 12 the
// large leaf.
struct s2_leaf stage2_walk_alloc(struct space *s, struct quota *q, uint64_t addr, unsigned order);
// What lies in the 2 MiB around addr.
enum s2_block { S2_EMPTY, S2_LEAF, S2_TABLE };
enum s2_block stage2_block(struct space *s, uint64_t addr);
// Frees the level-3 table around addr if it has no present leaf. True when no table is there
// afterwards.
bool stage2_prune(struct space *s, struct quota *q, uint64_t addr);
// Leaf entry. `rights` MEM_*; `type` is not MEM_INHERIT.
uint64_t stage2_leaf(uint64_t phys, unsigned order, unsigned rights, enum mem_type type);
static inline bool stage2_present(uint64_t pte)
{
    return pte & 1;
}
uint64_t stage2_phys(uint64_t pte);
unsigned stage2_rights(uint64_t pte);
enum mem_type stage2_type(uint64_t pte);
// The leaf without some rights.
uint64_t stage2_weaken(uint64_t pte, unsigned rights);
// Frees all tables (no leaf with a node may be left). False when it stopped at a preemption point: call again.
bool stage2_destroy(struct space *s, struct quota *q);
// Physical address of a kernel heap or image address, and kernel address of heap memory.
uint64_t kernel_virt_to_phys(void const *kva);
void *kernel_phys_to_virt(uint64_t phys);

enum { VMIDS = 256 };
static inline unsigned vmid_of(uint64_t vttbr)
{
    return (unsigned)(vttbr >> 48) & (VMIDS - 1);
}

// TLB and VMID (arch/arm64/tlb.c; faked in unit tests). Flushes reach all CPUs and end complete.
void tlb_flush_page(struct space *s, uint64_t addr); // after a leaf or a table pointer changed
void tlb_flush_space(struct space *s);
void tlb_publish(void); // new entries become visible to the table walkers
// Before memory can be executed at another address: what instruction caches may hold of it there, from earlier contents, goes.
// Who wrote the code could do that at its own address only (l4/sys/cache.h), where caches are looked up by virtual ones.
void icache_prepare(void);
void vmid_assign(struct space *s); // gives a space without VMID one (global lock held)
void space_forget(struct space *s); // the space is about to be freed: no CPU counts as using it
extern uint32_t vmid_generation;
// Who writes VTTBR_EL2 sets cpu->space: a space that is loaded keeps its VMID when a new generation
// begins, others lose it. A space without is to get one before it is loaded.
static inline bool vmid_valid(struct space const *s)
{
    return s->vttbr;
}
// VTCR_EL2 of this CPU, and VTTBR_EL2 := an empty table with VMID 0.
void stage2_cpu_init(void);
// VTTBR_EL2 value of the empty table, for idle CPUs.
uint64_t stage2_empty_vttbr(void);
