// SPDX-License-Identifier: MIT
// Factories of moe's objects. Each has a quota of memory, which is taken from the factory that it
// comes from, and one of capability slots: each object that clients can reach takes one, and so does
// each name that they register. The root factory has all memory, and creates scheduler proxies too.
#pragma once

#include <l4/sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct factory;
struct heap_pages;
struct object;

extern struct factory *root_factory;

// The root factory; the heap comes before it.
void factory_init(void);

// Where the heaps of all factories get their pages.
extern struct heap_pages const factory_pages;

// Charge bytes to the factory. Frees dead objects if that helps.
bool factory_charge(struct factory *f, uint64_t bytes);
void factory_uncharge(struct factory *f, uint64_t bytes);

// Bytes that can still be charged.
uint64_t factory_available(struct factory const *f);

// Zeroed memory for moe's own use on behalf of the factory, charged by whole pages; f NULL = charged
// to nobody. Returns NULL when memory or quota is exhausted. size as given to factory_alloc.
void *factory_alloc(struct factory *f, size_t size);
void factory_free(struct factory *f, void *p, size_t size);

// A capability slot on behalf of the factory, L4_INVALID_CAP when there is none left; f as above.
// To free one: as slot_free.
l4_cap_idx_t factory_slot_alloc(struct factory *f);
void factory_slot_free(struct factory *f, l4_cap_idx_t slot, bool del);

// The object becomes, stops being, one of the factory's. The object holds a reference on it.
void factory_add(struct factory *f, struct object *o);
void factory_remove(struct object *o);

struct object *factory_object(struct factory *f);
