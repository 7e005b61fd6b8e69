// SPDX-License-Identifier: MIT
// The mapping tree: every delegation of memory from one task to another. A node is one page-table
// leaf (4 KiB or 2 MiB) of one task; its children are the leaves derived from it. Each page table
// has a shadow table of node pointers, so that a node is found by walking the tables. Revocation is
// recursive and exact. All calls under the global lock.
#pragma once
#include "preempt/progress.h"
#include "mem/quota.h"
#include <l4/sys/abi/fpage.h>
#include <stdbool.h>
#include <stdint.h>

struct task;

// Rights of a page, as in flexpages.
enum { MEM_X = L4_FPAGE_X, MEM_W = L4_FPAGE_W, MEM_R = L4_FPAGE_RO, MEM_RWX = L4_FPAGE_RWX };
// Memory types (send item attributes, kernel-abi 2.4): inherit the source's, or one of these.
enum mem_type { MEM_INHERIT = 0, MEM_DEVICE = 1, MEM_BUFFERED = 2, MEM_NORMAL = 3 };

static inline enum mem_type mem_type_of_attrs(uint64_t control) // first word of a send item
{
    enum { // the first one makes the others mean something
        GIVEN = L4_FPAGE_UNCACHEABLE << L4_ITEM_ATTR_SHIFT,
        CACHEABLE = (L4_FPAGE_CACHEABLE << L4_ITEM_ATTR_SHIFT) & ~(unsigned)GIVEN,
        BUFFERABLE = (L4_FPAGE_BUFFERABLE << L4_ITEM_ATTR_SHIFT) & ~(unsigned)GIVEN,
    };
    return !(control & GIVEN)     ? MEM_INHERIT
           : control & CACHEABLE  ? MEM_NORMAL
           : control & BUFFERABLE ? MEM_BUFFERED
                                  : MEM_DEVICE;
}

enum { MAPPING_PIECES = 512 }; // 4 KiB pages of a 2 MiB page

struct mapping { // 64 bytes
    struct task *task;      // NULL: no leaf, but where a walk has stopped (mapping_tree.c)
    uint64_t addr;          // user address in `task`, aligned to the order
    struct mapping *parent; // NULL: directly from sigma0, linked in a table by physical address
    struct mapping *child;  // mappings of the same order derived from this
    struct mapping **piece; // order 21: 4 KiB mappings derived from this, one list for each of its
                            // 512 pieces; or NULL
    struct mapping *next, **pprev; // siblings
    uint32_t order : 6;            // 12 or 21
    uint32_t index : 10;           // in parent->piece
    uint32_t low : 10;             // no list piece[i] with i < low has members
    uint32_t pieces;               // members of all lists of `piece`
};

// A walk that stopped there is given up, or was the last that needed it. All zeros: it is not in use.
void mapping_marker_drop(struct mapping *marker);

enum map_result { MAP_NOTHING = 0, MAP_SOME = 1, MAP_NO_MEMORY = -1, MAP_STOPPED = -2 };

// Declares physical memory [start, end) that sigma0 cannot map: kernel image and heap, interrupt
// controller. At most 16 ranges; adjacent ones are not merged.
void mem_reserve(uint64_t start, uint64_t end);
// The exception in the kernel heap: a page (the KIP) that sigma0 may map, to read and execute.
void mem_allow_kip(uint64_t phys);

struct mem_mapping { // what is mapped, and where to
    struct task *src, *dst;
    uint64_t src_addr, dst_addr; // are aligned to the order
    unsigned order;              // log2 of the number of bytes, at least 12
    unsigned rights;             // MEM_*: no others pass
    enum mem_type type;
    bool grant; // the source loses its pages
};

// Maps in the largest pieces that both sides allow. Pages absent in the source are skipped. Sigma0 (src->is_sigma0) is
// the source of any physical address outside mem_reserve()d memory. Overmapping rules: kernel-abi 2.4. MAP_STOPPED: at
// a preemption point, to be repeated with the same `p`; with NULL it does not stop.
enum map_result mem_map(struct mem_mapping const *m, struct progress *p);

// Revokes rights (MEM_*; with MEM_R the whole page) from everything derived from `task`'s pages in
// [addr, addr + 2^order), and with `self` from those pages too. order 63 = the whole space.
// Returns false when it stopped early at a preemption point (to be repeated with the same `p`).
// On sigma0 the range is one of physical addresses: everything that was handed out of it.
bool mem_unmap(struct task *task, uint64_t addr, unsigned order, unsigned rights, bool self, struct progress *p);

// Looks a user page up: physical address of `addr`, or ~0 when absent; *rights gets MEM_* when not
// NULL.
uint64_t mem_lookup(struct task *task, uint64_t addr, unsigned *rights);

// Kernel-owned pages in a user space (UTCBs, vCPU areas): not in the mapping tree, never
// unmappable. Returns 0, -L4_EEXIST when something is mapped there, -L4_ENOMEM, -L4_EINVAL beyond
// the user range.
int mem_map_kumem(struct task *task, uint64_t addr, void *kva, unsigned order);
// Physical address of what mem_map_kumem() has put at `addr`, or ~0.
uint64_t mem_kumem_lookup(struct task *task, uint64_t addr);
// One page of device memory, GICV: same rules. It has no node, so that nothing can be mapped on from it.
int mem_map_device(struct task *task, uint64_t addr, uint64_t phys);

// End of a task: removes all its pages, except kernel-owned ones, and everything derived from them.
// False when it stopped at a preemption point: call again. The tables stay until stage2_destroy().
bool mem_space_clear(struct task *task);
_Static_assert(sizeof(struct mapping) == 64 || sizeof(void *) != 8, "mapping nodes");
