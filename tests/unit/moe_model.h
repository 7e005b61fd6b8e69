// SPDX-License-Identifier: MIT
// What moe's objects are to their client: a model that says what a request answers. It knows objects,
// who refers to them, the names, the bytes of memory; of quotas it knows between what bounds their
// use lies.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    MODEL_SLOTS = 200, // of the client
    MODEL_OBJECTS = 600,
    MODEL_NAMES = 12, // "a", "b", ...
    MODEL_PAGE = 4096,
};

enum model_kind { KIND_NONE, KIND_FACTORY, KIND_DATASPACE, KIND_NAMESPACE, KIND_OTHER, KIND_FOREIGN };

struct model_page {
    uint64_t phys;  // 0 = the client has not seen where it is
    uint8_t *bytes; // NULL = zeros
    bool allocated; // certainly
};

struct model_name {
    bool used;
    struct model_object *target; // NULL = a placeholder
    unsigned rights;
    bool stale; // the target was deleted, and moe may not have looked since
};

struct model_object {
    enum model_kind kind; // KIND_NONE = free, or deleted
    struct model_object *factory; // NULL for what moe and others have made
    unsigned refs; // of the client's slots and of names

    uint64_t limit; // of a factory; 0 for the root

    int64_t size; // of a dataspace
    bool fixed, contiguous, super;
    bool unsure; // a request ended halfway: what it did is not known
    unsigned memory_rights;
    struct model_page *pages;
    uint64_t num_pages; // of memory; with superpages more than its size

    struct model_name names[MODEL_NAMES];
};

struct model_slot {
    struct model_object *object; // NULL = empty
    unsigned rights;
};

extern uint64_t model_machine; // bytes that the root factory has at least

extern struct model_object model_objects[MODEL_OBJECTS];
extern struct model_slot model_slots[MODEL_SLOTS];

// A new object, in `slot` with these rights; NULL when the model has no room for one.
struct model_object *model_new(enum model_kind kind, struct model_object *factory, unsigned slot, unsigned rights);
// unit: bytes that its memory is taken in
void model_set_size(struct model_object *ds, int64_t size, uint64_t unit);
bool model_has_room(void);

void model_put(unsigned slot, struct model_object *o, unsigned rights);
void model_drop(unsigned slot);
void model_delete(struct model_object *o);

struct model_name *model_name(struct model_object *ns, char const *name, unsigned len);
void model_set_name(struct model_object *ns, struct model_name *n, struct model_object *target, unsigned rights);
void model_clear_name(struct model_name *n);

void model_read(struct model_object const *ds, uint64_t offset, void *to, uint64_t size);
void model_write(struct model_object *ds, uint64_t offset, void const *from, uint64_t size);
// The same to zero; what is there no page of stays without.
void model_zero(struct model_object *ds, uint64_t offset, uint64_t size);

// Bounds of what is charged to a factory. Of slots also: of its sub-factories.
uint64_t model_least_bytes(struct model_object const *factory);
uint64_t model_most_bytes(struct model_object const *factory);
unsigned model_least_slots(struct model_object const *factory);
unsigned model_most_slots(struct model_object const *factory);
uint64_t model_slot_limit(struct model_object const *factory); // INT64_MAX for the root

// May a request that needs at most so much more of the factory fail?
bool model_may_be_short(struct model_object const *factory, uint64_t bytes, unsigned slots, uint64_t machine_free);
