// SPDX-License-Identifier: MIT
// Moe's capability slots, and which of its own objects a slot's gate stands for.
#pragma once

#include <l4/sys/types.h>
#include <stdbool.h>

struct object;

enum { SLOT_COUNT = 1 << 19 }; // that there can be; their table grows with use

// An empty slot, L4_INVALID_CAP when all are in use or memory is out. Who asks for a client charges
// that client (factory_slot_alloc).
l4_cap_idx_t slot_alloc(void);

// Empty the slot and give it back. With del, its object is destroyed.
void slot_free(l4_cap_idx_t slot, bool del);

// Bind slot and object. Returns the label for the gate: it names slot and generation, so that a
// message that was queued before the object died finds nobody.
l4_umword_t slot_bind(l4_cap_idx_t slot, struct object *o);

// The object of a gate label (rights bits ignored), NULL when it is gone.
struct object *slot_object_of_label(l4_umword_t label);

// The object bound to the slot, NULL when it holds something else.
struct object *slot_object(l4_cap_idx_t slot);

// Call f for the object of each bound slot. f may free slots.
void slots_for_each(void (*f)(struct object *o));
