// SPDX-License-Identifier: MIT
#include "moe_model.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEAF_BYTES = 2 << 20, // address range of one page of a dataspace's table
    BLOCK_MAX = MODEL_PAGE,
};

uint64_t model_machine;
struct model_object model_objects[MODEL_OBJECTS];
struct model_slot model_slots[MODEL_SLOTS];

// ---- objects ----

static struct model_object *free_object(void)
{
    for (unsigned i = 0; i < MODEL_OBJECTS; i++)
        if (model_objects[i].kind == KIND_NONE && !model_objects[i].refs)
            return &model_objects[i];
    return NULL;
}

bool model_has_room(void)
{
    return free_object();
}

struct model_object *model_new(enum model_kind kind, struct model_object *factory, unsigned slot, unsigned rights)
{
    struct model_object *o = free_object();

    if (!o)
        return NULL;
    *o = (struct model_object){ .kind = kind, .factory = factory };
    model_put(slot, o, rights);
    return o;
}

void model_set_size(struct model_object *ds, int64_t size, uint64_t unit)
{
    ds->size = size;
    ds->num_pages = ((uint64_t)size + unit - 1) / unit * (unit / MODEL_PAGE);
    ds->pages = calloc(ds->num_pages, sizeof(*ds->pages));
}

static void unref(struct model_object *o)
{
    if (--o->refs == 0 && o->kind != KIND_NONE)
        model_delete(o);
}

void model_put(unsigned slot, struct model_object *o, unsigned rights)
{
    model_slots[slot] = (struct model_slot){ o, rights };
    o->refs++;
}

void model_drop(unsigned slot)
{
    struct model_object *o = model_slots[slot].object;

    model_slots[slot] = (struct model_slot){0};
    if (o)
        unref(o);
}

// Everybody who refers to it refers to nothing.
static void forget(struct model_object *o)
{
    for (unsigned i = 0; i < MODEL_SLOTS; i++)
        if (model_slots[i].object == o)
            model_drop(i);
    for (unsigned i = 0; i < MODEL_OBJECTS; i++) {
        for (unsigned n = 0; n < MODEL_NAMES; n++) {
            struct model_name *e = &model_objects[i].names[n];
            if (e->target == o) {
                e->target = NULL;
                e->stale = true;
                o->refs--;
            }
        }
    }
}

void model_delete(struct model_object *o)
{
    bool factory = o->kind == KIND_FACTORY;

    o->kind = KIND_NONE;
    o->refs++; // nobody takes it until all is done
    forget(o);
    for (unsigned n = 0; n < MODEL_NAMES; n++) {
        struct model_object *target = o->names[n].target;
        o->names[n].target = NULL;
        if (target)
            unref(target);
    }
    for (unsigned i = 0; factory && i < MODEL_OBJECTS; i++)
        if (model_objects[i].kind != KIND_NONE && model_objects[i].factory == o)
            model_delete(&model_objects[i]);
    for (uint64_t i = 0; i < o->num_pages; i++)
        free(o->pages[i].bytes);
    free(o->pages);
    *o = (struct model_object){0};
}

// ---- names ----

struct model_name *model_name(struct model_object *ns, char const *name, unsigned len)
{
    return len == 1 && *name >= 'a' && *name < 'a' + MODEL_NAMES ? &ns->names[*name - 'a'] : NULL;
}

void model_clear_name(struct model_name *n)
{
    struct model_object *o = n->target;

    *n = (struct model_name){0};
    if (o)
        unref(o);
}

void model_set_name(struct model_object *ns, struct model_name *n, struct model_object *target, unsigned rights)
{
    if (target)
        target->refs++;
    model_clear_name(n);
    // what had the name may have been the factory of the new one, or of the namespace
    bool gone = target && target->kind == KIND_NONE;
    if (ns->kind == KIND_NONE) {
        if (target && !gone)
            unref(target);
        return;
    }
    *n = (struct model_name){ .used = true, .target = gone ? NULL : target, .rights = rights, .stale = gone };
}

// ---- memory ----

static uint8_t *page_bytes(struct model_object *ds, uint64_t page)
{
    if (!ds->pages[page].bytes)
        ds->pages[page].bytes = calloc(1, MODEL_PAGE);
    return ds->pages[page].bytes;
}

void model_read(struct model_object const *ds, uint64_t offset, void *to, uint64_t size)
{
    for (uint64_t n; size; size -= n, offset += n, to = (char *)to + n) {
        uint8_t const *b = ds->pages[offset / MODEL_PAGE].bytes;
        n = MODEL_PAGE - offset % MODEL_PAGE;
        n = n < size ? n : size;
        if (b)
            memcpy(to, b + offset % MODEL_PAGE, n);
        else
            memset(to, 0, n);
    }
}

void model_write(struct model_object *ds, uint64_t offset, void const *from, uint64_t size)
{
    for (uint64_t n; size; size -= n, offset += n, from = (char const *)from + n) {
        n = MODEL_PAGE - offset % MODEL_PAGE;
        n = n < size ? n : size;
        memcpy(page_bytes(ds, offset / MODEL_PAGE) + offset % MODEL_PAGE, from, n);
    }
}

void model_zero(struct model_object *ds, uint64_t offset, uint64_t size)
{
    for (uint64_t n; size; size -= n, offset += n) {
        uint8_t *b = ds->pages[offset / MODEL_PAGE].bytes;
        n = MODEL_PAGE - offset % MODEL_PAGE;
        n = n < size ? n : size;
        if (b)
            memset(b + offset % MODEL_PAGE, 0, n);
    }
}

// ---- quotas ----

static uint64_t pages(uint64_t bytes)
{
    return (bytes + MODEL_PAGE - 1) / MODEL_PAGE * MODEL_PAGE;
}

static uint64_t least_ds_bytes(struct model_object const *ds)
{
    uint64_t n = 0, unit = ds->super ? LEAF_BYTES / MODEL_PAGE : 1;

    if (ds->contiguous)
        return pages((uint64_t)ds->size);
    for (uint64_t i = 0; i < ds->num_pages; i += unit) {
        bool there = false;
        for (uint64_t k = i; k < i + unit && k < ds->num_pages; k++)
            there |= ds->pages[k].allocated;
        n += there ? unit : 0;
    }
    return n * MODEL_PAGE;
}

static uint64_t most_ds_bytes(struct model_object const *ds)
{
    uint64_t leaves = (uint64_t)ds->size / LEAF_BYTES + 1;

    if (ds->contiguous)
        return pages((uint64_t)ds->size) + pages(leaves);
    uint64_t table = pages(leaves * sizeof(uint64_t));
    if (ds->super)
        return table + (ds->unsure ? leaves * LEAF_BYTES : least_ds_bytes(ds));
    return table + leaves * MODEL_PAGE + (ds->unsure ? pages((uint64_t)ds->size) : least_ds_bytes(ds));
}

static uint64_t object_bytes(struct model_object const *o, bool most)
{
    uint64_t n = most ? BLOCK_MAX : 0;

    if (o->kind == KIND_FACTORY)
        return n + o->limit;
    if (o->kind == KIND_DATASPACE)
        return n + (most ? most_ds_bytes(o) : least_ds_bytes(o));
    for (unsigned i = 0; most && o->kind == KIND_NAMESPACE && i < MODEL_NAMES; i++)
        n += o->names[i].used ? BLOCK_MAX : 0;
    return n;
}

static uint64_t factory_bytes(struct model_object const *f, bool most)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < MODEL_OBJECTS; i++)
        if (model_objects[i].kind != KIND_NONE && model_objects[i].factory == f)
            n += object_bytes(&model_objects[i], most);
    return n;
}

uint64_t model_least_bytes(struct model_object const *f)
{
    return factory_bytes(f, false);
}

uint64_t model_most_bytes(struct model_object const *f)
{
    return factory_bytes(f, true);
}

static unsigned slots(struct model_object const *f, bool most)
{
    unsigned count = 0;

    for (unsigned i = 0; i < MODEL_OBJECTS; i++) {
        struct model_object const *o = &model_objects[i];
        if (o->kind == KIND_NONE || o->factory != f)
            continue;
        count += 1 + (o->kind == KIND_FACTORY ? slots(o, most) : 0);
        for (unsigned n = 0; o->kind == KIND_NAMESPACE && n < MODEL_NAMES; n++)
            count += o->names[n].target || (most && o->names[n].stale);
    }
    return count;
}

unsigned model_least_slots(struct model_object const *f)
{
    return slots(f, false);
}

unsigned model_most_slots(struct model_object const *f)
{
    return slots(f, true);
}

uint64_t model_slot_limit(struct model_object const *f)
{
    return f->limit ? 128 + f->limit / (32 << 10) : INT64_MAX;
}

bool model_may_be_short(struct model_object const *f, uint64_t bytes, unsigned more_slots, uint64_t machine_free)
{
    if (!f)
        return false;
    if (bytes > machine_free)
        return true;
    if (model_most_bytes(f) + bytes > (f->limit ? f->limit : model_machine))
        return true;
    for (; f && f->limit; f = f->factory)
        if (model_most_slots(f) + more_slots > model_slot_limit(f))
            return true;
    return false;
}
