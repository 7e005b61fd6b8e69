// SPDX-License-Identifier: MIT
#include "object/cap_space.h"
#include "debug/assert.h"
#include "lock/held.h"
#include "mem/kmem.h"
#include "object/object.h"
#include <l4/sys/err.h>

enum {
    INDICES = 1 << CAP_INDEX_BITS,
    LEAF_SLOTS = 1 << CAP_LEAF_BITS,
    MID_LEAVES = 1 << CAP_MID_BITS,
};

struct cap_slot *cap_slot_get(struct cap_space *cs, struct quota *q, uint64_t index)
{
    assert(global_lock_held());
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
    assert(global_lock_held());
    assert(!slot->obj && !obj->dying);
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

void cap_slot_unlink(struct cap_slot *slot)
{
    assert(global_lock_held());
    assert(slot->obj && (slot->prev ? slot->prev->next : slot->obj->slots) == slot);
    assert(!slot->next || (slot->next->prev == slot && slot->next->obj == slot->obj));
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
    cap_slot_unlink(slot);
    if (counted)
        object_unref(o, 1);
}

bool cap_empty(struct cap_slot *slot, bool del)
{
    struct object *o = slot->obj;
    if (!o)
        return true;
    bool destroy = del && (slot->rights & CAP_D);
    bool last = !(slot->rights & CAP_WEAK) && o->refs <= 1;
    if ((destroy || last) && !object_strip(o, slot))
        return false;
    if (destroy)
        object_destroy(o); // empties this slot too, unless the object is immortal
    cap_clear(slot);
    return true;
}

// `i` itself if its slot is used, else the next index that may be: jumps over what was never used, and over empty slots
// to the end of one table.
static uint64_t skip_empty(struct cap_space const *cs, uint64_t i)
{
    unsigned const top = CAP_LEAF_BITS + CAP_MID_BITS;
    struct cap_mid const *m = cs->mid[i >> top];
    if (!m)
        return ((i >> top) + 1) << top;
    unsigned l = (i >> CAP_LEAF_BITS) & (MID_LEAVES - 1);
    if (!m->leaf[l]) {
        while (l < MID_LEAVES && !m->leaf[l])
            l++;
        return (i >> top << top) + ((uint64_t)l << CAP_LEAF_BITS);
    }
    unsigned s = i & (LEAF_SLOTS - 1);
    while (s < LEAF_SLOTS && !m->leaf[l]->slot[s].obj)
        s++;
    return (i >> CAP_LEAF_BITS << CAP_LEAF_BITS) + s;
}

static uint64_t range_end(uint64_t index, unsigned order)
{
    if (index >= INDICES)
        return 0;
    uint64_t n = order >= CAP_INDEX_BITS ? INDICES : (uint64_t)1 << order;
    return n > INDICES - index ? INDICES : index + n;
}

static int map_slot(struct cap_slot *s, struct cap_mapping const *m, uint64_t target, uint32_t rights)
{
    struct cap_slot *d = cap_slot_get(m->dst, m->quota, target);
    if (!d)
        return -L4_ENOMEM;
    if (!cap_empty(d, true))
        return CAP_MAP_STOPPED;
    if (!s->obj) // it was the source itself, or the same object with D
        return 0;
    cap_set(d, s->obj, rights);
    return 1;
}

int cap_map(struct cap_mapping const *m, struct progress *p)
{
    if (!(m->rights & CAP_R))
        return 0;
    uint32_t keep = (m->rights & (CAP_W | CAP_S | CAP_D)) | (m->attrs & L4_FPAGE_C_OBJ_RIGHTS);
    if (!m->strong)
        keep &= ~(uint32_t)CAP_S;
    uint32_t weak = m->attrs & CAP_WEAK;
    uint64_t start = m->src_index, end = range_end(start, m->order);
    assert(global_lock_held());
    for (uint64_t i = start + p->done; i < end;) {
        uint64_t next = skip_empty(m->src, i), target = m->dst_index + (i - start);
        if (next == i) {
            struct cap_slot *s = cap_lookup(m->src, i);
            int r = target < INDICES ? map_slot(s, m, target, (s->rights & keep) | weak) : 0;
            if (r < 0)
                return r;
            if (r && m->grant && !cap_empty(s, false))
                return CAP_MAP_STOPPED;
            p->count += (uint32_t)r;
            next++;
        }
        i = next;
        if (i < end && progress_stop(p, i - start))
            return CAP_MAP_STOPPED;
    }
    return (int)p->count;
}

static bool unmap_slot(struct cap_slot *s, uint32_t rights, bool del)
{
    if (rights & CAP_R)
        return cap_empty(s, del);
    s->rights &= ~(rights & (CAP_W | CAP_S | CAP_D));
    return true;
}

bool cap_unmap(struct cap_space *cs, uint64_t index, unsigned order, uint32_t rights, bool del, struct progress *p)
{
    uint64_t end = range_end(index, order);
    assert(global_lock_held());
    for (uint64_t i = index + p->done; i < end;) {
        uint64_t next = skip_empty(cs, i);
        if (next == i) {
            struct cap_slot *s = cap_lookup(cs, i);
            if (!((rights & CAP_R) && s == p->keep) && !unmap_slot(s, rights, del))
                return false;
            next++;
        }
        i = next;
        if (i < end && progress_stop(p, i - index))
            return false;
    }
    return true;
}

static bool leaf_empty(struct cap_leaf *l)
{
    enum { STEP = 4 };
    unsigned emptied = 0;
    for (unsigned i = 0; i < LEAF_SLOTS; i++) {
        if (!l->slot[i].obj)
            continue;
        if (!cap_empty(&l->slot[i], true) || (++emptied % STEP == 0 && preempt_pending()))
            return false;
    }
    return true;
}

// For an assertion.
static bool leaf_is_empty(struct cap_leaf const *l)
{
    for (unsigned i = 0; i < LEAF_SLOTS; i++)
        if (l->slot[i].obj)
            return false;
    return true;
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
            if (!leaf_empty(m->leaf[i]))
                return false;
            assert(leaf_is_empty(m->leaf[i]));
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
