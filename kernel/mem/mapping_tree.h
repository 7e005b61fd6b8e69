// SPDX-License-Identifier: MIT
// Nodes of the mapping tree and the walks over it. All walks are loops: the depth of the tree is up
// to the users.
#pragma once
#include <arch/stage2.h>
#include "mem/mapping.h"
#include "preempt/progress.h"

enum { TLB_BATCH = 4 };

// A walk that removes or weakens leaves: collects what is to be flushed (a page, or the whole space
// from its second page on) and knows when to stop.
struct mapping_walk {
    struct {
        struct space *space;
        uint64_t addr;
        bool all;
    } flush[TLB_BATCH];
    unsigned flushes;
    unsigned steps;
    bool changed;           // some leaf
    bool preemptible;
    struct mapping *marker; // where it has stopped, and goes on
};

// Nothing is collected yet; what is in flush[] has no meaning.
static inline void mapping_walk_begin(struct mapping_walk *w, struct progress const *p)
{
    w->flushes = w->steps = 0;
    w->changed = false;
    w->preemptible = p;
    w->marker = p ? p->marker : NULL;
}

// To be asked after each leaf: is the walk to stop now? Looks at every 16th only; what the ones before have left in TLBs is
// flushed together.
static inline bool mapping_walk_must_stop(struct mapping_walk *w)
{
    enum { STEP = 16 };
    return ++w->steps % STEP == 0 && w->preemptible && preempt_pending();
}

// Flushes what was collected. To be called before memory is used anew and at the end.
void mapping_walk_flush(struct mapping_walk *w);

// Makes the node of a leaf of `order` at `addr` in `task` that maps `phys`, derived from `parent`
// (NULL: sigma0). NULL when the task or the parent's task is out of quota. The leaf itself is the
// caller's.
struct mapping *mapping_create(struct task *task, uint64_t addr, unsigned order,
                               struct mapping *parent, uint64_t phys);
// Physical address that a node's leaf maps.
uint64_t mapping_phys(struct mapping const *m);

// Removes all leaves derived from `top` and with `self` also its own. False when stopped: begin
// again at the table leaf that `top` belonged to, the node may be gone. The marker tells where in
// the tree it goes on.
bool mapping_revoke(struct mapping *top, bool self, struct mapping_walk *w);
// Takes `rights` (of MEM_*) from the same leaves; of the 4 KiB leaves derived from pieces of a
// 2 MiB page, only from those of the pieces [from, to).
bool mapping_restrict(struct mapping *top, unsigned from, unsigned to, unsigned rights, bool self, struct mapping_walk *w);

// The lists of nodes without parent: those of physical address p are in list mapping_root_list(p).
enum { MAPPING_ROOT_LISTS = 1024 };
extern struct mapping *mapping_roots[MAPPING_ROOT_LISTS];
static inline unsigned mapping_root_list(uint64_t phys)
{
    return (phys >> S2_SUPER) & (MAPPING_ROOT_LISTS - 1);
}
