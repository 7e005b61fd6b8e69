// SPDX-License-Identifier: MIT
#include "mem/cap_space.h"
#include "mem/kmem.h"
#include "mem/mapping.h"
#include "object/object.h"
#include <l4/sys/err.h>

enum {
    INDICES = 1 << CAP_INDEX_BITS,
    LEAF_SLOTS = 1 << CAP_LEAF_BITS,
    MID_LEAVES = 1 << CAP_MID_BITS,
};

struct cap_slot *cap_slot_get(struct cap_space *cs, struct quota *q, uint64_t index)
{
    if (index >> CAP_INDEX_BITS)
        return NULL;
    struct cap_mid **mid = &cs->mid[index >> (CAP_LEAF_BITS + CAP_MID_BITS)];
    if (!*mid && !(*mid = kmem_alloc(q, sizeof(**mid))))
        return NULL;
    struct cap_leaf **leaf = &(*mid)->leaf[(index >> CAP_LEAF_BITS) & (MID_LEAVES - 1)];
    if (!*leaf && !(*leaf = kmem_alloc(q, sizeof(**leaf))))
        return NULL;
    return &(*leaf)->slot[index & (LEAF_SLOTS - 1)];
}

void cap_set(struct cap_slot *slot, struct object *obj, uint32_t rights)
{
    slot->obj = obj;
    slot->rights = rights | CAP_R;
    slot->prev = NULL;
    slot->next = obj->slots;
    if (slot->next)
        slot->next->prev = slot;
    obj->slots = slot;
    if (!(rights & CAP_WEAK))
        obj->refs++;
}

// Takes the slot out of its object's list and empties it, without looking at references.
static void slot_unlink(struct cap_slot *slot)
{
    if (slot->prev)
        slot->prev->next = slot->next;
    else
        slot->obj->slots = slot->next;
    if (slot->next)
        slot->next->prev = slot->prev;
    *slot = (struct cap_slot){0};
}

void cap_clear(struct cap_slot *slot)
{
    struct object *o = slot->obj;
    if (!o)
        return;
    bool counted = !(slot->rights & CAP_WEAK);
    slot_unlink(slot);
    if (counted)
        object_unref(o, 1);
}

void cap_overmap(struct cap_slot *slot)
{
    if (slot->obj && (slot->rights & CAP_D))
        object_destroy(slot->obj); // empties this slot too, unless the object is immortal
    cap_clear(slot);
}

// The first index >= i whose table exists, or INDICES: jumps over what was never used.
static uint64_t skip_absent(struct cap_space const *cs, uint64_t i)
{
    while (i < INDICES) {
        struct cap_mid *m = cs->mid[i >> (CAP_LEAF_BITS + CAP_MID_BITS)];
        if (!m)
            i = ((i >> (CAP_LEAF_BITS + CAP_MID_BITS)) + 1) << (CAP_LEAF_BITS + CAP_MID_BITS);
        else if (!m->leaf[(i >> CAP_LEAF_BITS) & (MID_LEAVES - 1)])
            i = ((i >> CAP_LEAF_BITS) + 1) << CAP_LEAF_BITS;
        else
            return i;
    }
    return INDICES;
}

static uint64_t range_end(uint64_t index, unsigned order)
{
    if (index >= INDICES)
        return 0;
    uint64_t n = order >= CAP_INDEX_BITS ? INDICES : (uint64_t)1 << order;
    return n > INDICES - index ? INDICES : index + n;
}

static int map_slot(struct cap_slot *s, struct cap_space *dst, struct quota *q, uint64_t di,
                    uint32_t rights, bool grant)
{
    struct cap_slot *d = cap_slot_get(dst, q, di);
    if (!d)
        return -L4_ENOMEM;
    cap_overmap(d);
    if (!s->obj) // it was the source itself, or the same object with D
        return 0;
    cap_set(d, s->obj, rights);
    if (grant)
        cap_clear(s);
    return 1;
}

int cap_map(struct cap_space *src, uint64_t si, struct cap_space *dst, struct quota *dst_quota,
            uint64_t di, unsigned order, uint32_t rights, uint32_t attrs, bool strong, bool grant)
{
    if (!(rights & CAP_R))
        return 0;
    uint32_t keep = (rights & (CAP_W | CAP_S | CAP_D)) | (attrs & (CAP_OBJ1 | CAP_OBJ2 | CAP_OBJ3));
    if (!strong)
        keep &= ~(uint32_t)CAP_S;
    int count = 0;
    uint64_t end = range_end(si, order);
    for (uint64_t i = skip_absent(src, si); i < end; i = skip_absent(src, i + 1)) {
        struct cap_slot *s = cap_lookup(src, i);
        uint64_t target = di + (i - si);
        if (!s->obj || target >= INDICES)
            continue;
        int r = map_slot(s, dst, dst_quota, target, (s->rights & keep) | (attrs & CAP_WEAK), grant);
        if (r < 0)
            return r;
        count += r;
    }
    return count;
}

bool cap_unmap(struct cap_space *cs, uint64_t index, unsigned order, uint32_t rights, bool del)
{
    enum { STEP = 64 };
    unsigned emptied = 0; // only these count: a call that is repeated does not find them again
    uint64_t end = range_end(index, order);
    for (uint64_t i = skip_absent(cs, index); i < end; i = skip_absent(cs, i + 1)) {
        struct cap_slot *s = cap_lookup(cs, i);
        if (!s->obj)
            continue;
        if (!(rights & CAP_R)) {
            s->rights &= ~(rights & (CAP_W | CAP_S | CAP_D));
            continue;
        }
        if (del)
            cap_overmap(s);
        else
            cap_clear(s);
        if (++emptied % STEP == 0 && preempt_pending())
            return false;
    }
    return true;
}

static void leaf_empty(struct cap_leaf *l)
{
    for (unsigned i = 0; i < LEAF_SLOTS; i++)
        cap_overmap(&l->slot[i]);
}

bool cap_space_destroy(struct cap_space *cs, struct quota *q)
{
    for (unsigned t = 0; t < CAP_TOP; t++) {
        struct cap_mid *m = cs->mid[t];
        if (!m)
            continue;
        for (unsigned i = 0; i < MID_LEAVES; i++) {
            if (!m->leaf[i])
                continue;
            leaf_empty(m->leaf[i]);
            kmem_free(q, m->leaf[i], sizeof(*m->leaf[i]));
            m->leaf[i] = NULL;
            if (preempt_pending())
                return false;
        }
        kmem_free(q, m, sizeof(*m));
        cs->mid[t] = NULL;
    }
    return true;
}
