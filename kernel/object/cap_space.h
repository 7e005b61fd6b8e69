// SPDX-License-Identifier: MIT
// Capability space of a task: 2^20 slots in a three-level table. A slot names an object with
// rights; all slots of one object are linked, so that deletion finds them. There is no hierarchy
// between copies.
#pragma once
#include "mem/quota.h"
#include "preempt/progress.h"
#include <l4/sys/abi/cap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object;

enum { // rights of a slot, as in flexpages and map items; R is implied by a present slot
    CAP_W = L4_CAP_FPAGE_W,
    CAP_S = L4_CAP_FPAGE_S,
    CAP_R = L4_CAP_FPAGE_R,
    CAP_D = L4_CAP_FPAGE_D,
    CAP_WEAK = L4_FPAGE_C_NO_REF_CNT,
    CAP_OBJ1 = L4_FPAGE_C_OBJ_RIGHT1, // object specific; on a gate: server side
    CAP_ALL = L4_CAP_FPAGE_RWSD | L4_FPAGE_C_OBJ_RIGHTS,
};

struct cap_slot {       // 32 bytes
    struct object *obj; // NULL = empty
    struct cap_slot *next,
        *prev; // other slots of the same object (object.slots is the head, NULL ended)
    uint32_t rights;
    uint32_t reserved;
};

enum {
    CAP_INDEX_BITS = L4_CAP_INDEX_BITS,
    CAP_LEAF_BITS = 7,                                              // 128 slots: one page
    CAP_MID_BITS = 9,                                               // 512 leaf pointers: one page
    CAP_TOP = 1 << (CAP_INDEX_BITS - CAP_LEAF_BITS - CAP_MID_BITS), // 16
};

struct cap_leaf {
    struct cap_slot slot[1 << CAP_LEAF_BITS];
};
struct cap_mid {
    struct cap_leaf *leaf[1 << CAP_MID_BITS];
};
struct cap_space {
    struct cap_mid *mid[CAP_TOP];
};

// The slot of an index below 2^CAP_INDEX_BITS, or NULL when its table does not exist (= empty).
static inline struct cap_slot *cap_slot_at(struct cap_space *cs, uint64_t index)
{
    // The masks hold when the CPU speculates past a check of the index; the compiler, which knows the result of the check,
    // must not leave one out.
    asm("" : "+r"(index));
    struct cap_mid *m = cs->mid[(index >> (CAP_LEAF_BITS + CAP_MID_BITS)) & (CAP_TOP - 1)];
    if (__builtin_expect(!m, 0))
        return NULL;
    struct cap_leaf *l = m->leaf[(index >> CAP_LEAF_BITS) & ((1 << CAP_MID_BITS) - 1)];
    if (__builtin_expect(!l, 0))
        return NULL;
    return &l->slot[index & ((1 << CAP_LEAF_BITS) - 1)];
}

// The same for any index: NULL, too, when it is out of range.
static inline struct cap_slot *cap_lookup(struct cap_space *cs, uint64_t index)
{
    return __builtin_expect(index >> CAP_INDEX_BITS != 0, 0) ? NULL : cap_slot_at(cs, index);
}

// The slot of an index, with its tables made if needed; NULL when out of range or out of quota.
struct cap_slot *cap_slot_get(struct cap_space *cs, struct quota *q, uint64_t index);

// Takes the slot out of its object's list and empties it, without looking at references.
void cap_slot_unlink(struct cap_slot *slot);
// Puts an object into an empty slot (counts a reference unless CAP_WEAK).
void cap_set(struct cap_slot *slot, struct object *obj, uint32_t rights);
// Empties a slot; drops the reference, destroying the object with its last counted slot
// (object_destroy(): deferred).
void cap_clear(struct cap_slot *slot);
// Empties a slot; with `del`, as overmapping does, the object is destroyed if the slot has D, else as cap_clear
// (kernel-abi 2.2). When the object goes, so do all its slots: false when that stopped at a preemption point; this slot
// is still there then and the call is to be repeated.
bool cap_empty(struct cap_slot *slot, bool del);

struct cap_mapping { // what is mapped, and where to
    struct cap_space *src, *dst;
    struct quota *quota; // of `dst`, for its tables
    uint64_t src_index, dst_index;
    unsigned order;  // log2 of the number of slots
    uint32_t rights; // W, S and D pass only with their bits here, and nothing does without R
    uint32_t attrs;  // bits 4..7 of the send item: weak, object rights
    bool strong;     // else S does not pass
    bool grant;      // moves the capabilities
};

// Returns the number of slots that were mapped, -ENOMEM when there is no quota for tables, or CAP_MAP_STOPPED at a
// preemption point, to be repeated with the same `p`.
enum { CAP_MAP_STOPPED = -1 };
int cap_map(struct cap_mapping const *m, struct progress *p);
// Unmaps 2^order slots (kernel-abi 4.3): with CAP_R in rights the slots go, else W/S/D are
// stripped; p->keep stays. `del` destroys objects whose slot has D. False when it stopped at a preemption point, to be
// repeated with the same `p`.
bool cap_unmap(struct cap_space *cs, uint64_t index, unsigned order, uint32_t rights, bool del, struct progress *p);
// Empties the whole space with delete semantics and frees its tables (end of a task). False when it
// stopped at a preemption point: call again.
bool cap_space_destroy(struct cap_space *cs, struct quota *q);
