// SPDX-License-Identifier: MIT
#include "slots.h"

#include <l4/sys/task.h>

#include "heap.h"

enum {
    SLOT_FIRST = 0x100,
    CHUNK_SHIFT = 10, // slots whose table is made together
    CHUNKS = SLOT_COUNT >> CHUNK_SHIFT,
    LABEL_SHIFT = 4,
    GENERATION_SHIFT = 32,
};

_Static_assert(SLOT_FIRST + SLOT_COUNT <= 1 << L4_CAP_INDEX_BITS, "the kernel's limit");

struct slot {
    struct object *obj;
    uint32_t generation;
    uint32_t next_free; // index + 1
};

static struct slot *chunks[CHUNKS];
static uint32_t free_head; // index + 1 of a slot that was in use before
static uint32_t num_used;  // slots that were ever in use

static uint32_t index_of(l4_cap_idx_t cap)
{
    return (uint32_t)(cap >> L4_CAP_SHIFT) - SLOT_FIRST;
}

// i: below num_used
static struct slot *slot_at(uint32_t i)
{
    return &chunks[i >> CHUNK_SHIFT][i & ((1u << CHUNK_SHIFT) - 1)];
}

static bool has_table(uint32_t i)
{
    struct slot **c = &chunks[i >> CHUNK_SHIFT];

    if (!*c)
        *c = heap_alloc(sizeof(**c) << CHUNK_SHIFT);
    return *c;
}

l4_cap_idx_t slot_alloc(void)
{
    uint32_t i;

    if (free_head) {
        i = free_head - 1;
        free_head = slot_at(i)->next_free;
    } else if (num_used < SLOT_COUNT && has_table(num_used)) {
        i = num_used++;
    } else {
        return L4_INVALID_CAP;
    }
    return (l4_cap_idx_t)(SLOT_FIRST + i) << L4_CAP_SHIFT;
}

void slot_free(l4_cap_idx_t cap, bool del)
{
    uint32_t i = index_of(cap);

    if (l4_is_invalid_cap(cap) || i >= num_used)
        return;
    if (del)
        l4_task_delete_obj(L4_BASE_TASK_CAP, cap);
    else
        l4_task_release_cap(L4_BASE_TASK_CAP, cap);
    struct slot *s = slot_at(i);
    s->obj = NULL;
    s->generation++;
    s->next_free = free_head;
    free_head = i + 1;
}

l4_umword_t slot_bind(l4_cap_idx_t cap, struct object *o)
{
    uint32_t i = index_of(cap);

    slot_at(i)->obj = o;
    return (l4_umword_t)slot_at(i)->generation << GENERATION_SHIFT
           | (l4_umword_t)(SLOT_FIRST + i) << LABEL_SHIFT;
}

struct object *slot_object_of_label(l4_umword_t label)
{
    uint32_t i = ((uint32_t)label >> LABEL_SHIFT) - SLOT_FIRST;

    if (i >= num_used || slot_at(i)->generation != label >> GENERATION_SHIFT)
        return NULL;
    return slot_at(i)->obj;
}

struct object *slot_object(l4_cap_idx_t cap)
{
    uint32_t i = index_of(cap);

    return l4_is_valid_cap(cap) && i < num_used ? slot_at(i)->obj : NULL;
}

void slots_for_each(void (*f)(struct object *o))
{
    for (uint32_t i = 0; i < num_used; i++)
        if (slot_at(i)->obj)
            f(slot_at(i)->obj);
}
