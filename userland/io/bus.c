// SPDX-License-Identifier: MIT
#include "bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bus *bus_new(char const *name, char const *where)
{
    if (strlen(name) > BUS_NAME_MAX)
        return NULL;
    struct bus *b = calloc(1, sizeof(*b));
    if (!b)
        return NULL;
    strcpy(b->name, name);
    struct bus_device *root = bus_add_device(b, name, where, 0);
    if (root)
        root->interfaces = 1u << L4VBUS_INTERFACE_BUS;
    struct bus_device *icu = bus_add_device(b, "L4ICU", where, 1);
    if (icu)
        icu->interfaces = 1u << L4VBUS_INTERFACE_ICU;
    if (!root || !icu || bus_set_hid(icu, "L4ICU")) {
        bus_free(b);
        return NULL;
    }
    return b;
}

void bus_free(struct bus *b)
{
    if (!b)
        return;
    for (unsigned i = 0; i < b->n_devices; i++) {
        struct bus_device *d = &b->devices[i];
        for (unsigned k = 0; k < d->n_cids; k++)
            free(d->cids[k]);
        free(d->cids);
        free(d->resources);
        free(d->name);
        free(d->where);
        free(d->hid);
    }
    free(b->devices);
    free(b);
}

struct bus_device *bus_add_device(struct bus *b, char const *name, char const *where,
                                  unsigned depth)
{
    unsigned n = b->n_devices;
    if (n ? depth < 1 || depth > b->devices[n - 1].depth + 1 : depth)
        return NULL;
    struct bus_device *list = realloc(b->devices, (n + 1) * sizeof(*list));
    if (!list)
        return NULL;
    b->devices = list;
    list[n] = (struct bus_device){ .depth = depth, .name = strdup(name), .where = strdup(where) };
    b->n_devices++;
    return list[n].name && list[n].where ? &list[n] : NULL;
}

int bus_set_hid(struct bus_device *d, char const *hid)
{
    free(d->hid);
    d->hid = strdup(hid);
    return d->hid ? 0 : -1;
}

int bus_add_cid(struct bus_device *d, char const *cid)
{
    char **list = realloc(d->cids, (d->n_cids + 1) * sizeof(*list));
    if (!list)
        return -1;
    d->cids = list;
    list[d->n_cids] = strdup(cid);
    if (!list[d->n_cids])
        return -1;
    d->n_cids++;
    return 0;
}

int bus_add_resource(struct bus_device *d, unsigned type, unsigned flags, uint64_t start,
                     uint64_t end, char const *id)
{
    l4vbus_resource_t *list = realloc(d->resources, (d->n_resources + 1) * sizeof(*list));
    if (!list)
        return -1;
    d->resources = list;
    list[d->n_resources++] = (l4vbus_resource_t){
        .type = (uint16_t)type, .flags = (uint16_t)flags, .start = start, .end = end,
        .provider = L4VBUS_NULL, .id = l4vbus_resource_id(id),
    };
    return 0;
}

struct bus_device const *bus_device(struct bus const *b, l4vbus_device_handle_t handle)
{
    if (handle < 0 || (uint64_t)handle >= b->n_devices)
        return NULL;
    return &b->devices[handle];
}

// Devices lie in tree order: what is below one follows it, until the depth is no larger.
l4vbus_device_handle_t bus_next(struct bus const *b, l4vbus_device_handle_t parent,
                                l4vbus_device_handle_t current, int depth)
{
    struct bus_device const *p = bus_device(b, parent);
    if (!p || depth <= 0)
        return L4VBUS_NULL;
    if (current != L4VBUS_NULL && (current < parent || !bus_device(b, current)))
        return L4VBUS_NULL;
    l4vbus_device_handle_t i = current == L4VBUS_NULL ? parent : current;
    struct bus_device const *d;
    while ((d = bus_device(b, ++i)) && d->depth > p->depth)
        if (d->depth - p->depth <= (unsigned)depth)
            return i;
    return L4VBUS_NULL;
}

struct bus_device const *bus_pci_device(struct bus const *b, l4vbus_device_handle_t pci_bus, unsigned slot)
{
    l4vbus_device_handle_t h = L4VBUS_NULL;
    while ((h = bus_next(b, pci_bus, h, 1)) != L4VBUS_NULL)
        if (b->devices[h].pci && b->devices[h].slot == slot)
            return &b->devices[h];
    return NULL;
}

bool bus_device_is_compatible(struct bus_device const *d, char const *cid)
{
    for (unsigned i = 0; i < d->n_cids; i++)
        if (!strcmp(d->cids[i], cid))
            return true;
    return d->hid && !strcmp(d->hid, cid);
}

void bus_device_info(struct bus const *b, l4vbus_device_handle_t handle, l4vbus_device_t *info)
{
    struct bus_device const *d = &b->devices[handle];
    memset(info, 0, sizeof(*info));
    info->type = d->interfaces;
    info->num_resources = d->n_resources;
    if (d->hid)
        snprintf(info->name, sizeof(info->name), "%s", d->name);
    if (bus_next(b, handle, L4VBUS_NULL, 1) != L4VBUS_NULL)
        info->flags = L4VBUS_DEVICE_F_CHILDREN;
}

l4vbus_resource_t const *bus_find_resource(struct bus const *b, unsigned type, uint64_t value)
{
    for (unsigned i = 0; i < b->n_devices; i++)
        for (unsigned k = 0; k < b->devices[i].n_resources; k++) {
            l4vbus_resource_t const *r = &b->devices[i].resources[k];
            if (r->type == type && value >= r->start && value <= r->end)
                return r;
        }
    return NULL;
}

static bool contains(l4vbus_resource_t const *a, l4vbus_resource_t const *b)
{
    return a->start <= b->start && a->end >= b->end;
}

static char const *overlap_problem(l4vbus_resource_t const *a, l4vbus_resource_t const *b)
{
    bool checked = a->type == L4VBUS_RESOURCE_MEM || a->type == L4VBUS_RESOURCE_IRQ;
    if (!checked || a->type != b->type || a->end < b->start || b->end < a->start)
        return NULL;
    if (!contains(a, b) && !contains(b, a))
        return "oddly overlapping resources for vbus";
    if (a->flags != b->flags)
        return "overlapping incompatible resources for vbus";
    return NULL;
}

struct owned_resource {
    struct bus_device const *device;
    l4vbus_resource_t const *resource;
};

enum { OVERLAP_TEXT_MAX = 320 };

static void describe_overlap(char text[OVERLAP_TEXT_MAX], struct bus const *b, char const *problem,
                             struct owned_resource x, struct owned_resource y)
{
    struct bus_device const *d = x.device, *e = y.device;
    l4vbus_resource_t const *r = x.resource, *s = y.resource;
    snprintf(text, OVERLAP_TEXT_MAX,
             "error: %s '%s': '%s' (%s) [0x%llx-0x%llx] and '%s' (%s) [0x%llx-0x%llx]", problem,
             b->name, d->name, d->where, (unsigned long long)r->start, (unsigned long long)r->end,
             e->name, e->where, (unsigned long long)s->start, (unsigned long long)s->end);
}

unsigned bus_check_overlaps(struct bus const *b, void (*report)(void *arg, char const *text),
                            void *arg)
{
    unsigned n = 0;
    for (unsigned i = 0; i < b->n_devices; i++)
        for (unsigned j = i; j < b->n_devices; j++)
            for (unsigned k = 0; k < b->devices[i].n_resources; k++)
                for (unsigned l = i == j ? k + 1 : 0; l < b->devices[j].n_resources; l++) {
                    l4vbus_resource_t const *r = &b->devices[i].resources[k];
                    l4vbus_resource_t const *s = &b->devices[j].resources[l];
                    char const *problem = overlap_problem(r, s);
                    if (!problem)
                        continue;
                    char text[OVERLAP_TEXT_MAX];
                    describe_overlap(text, b, problem, (struct owned_resource){&b->devices[i], r},
                                     (struct owned_resource){&b->devices[j], s});
                    report(arg, text);
                    n++;
                }
    return n;
}
