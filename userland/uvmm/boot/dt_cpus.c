// SPDX-License-Identifier: MIT
// A CPU that is not there has no node: guests that know nothing of `status` count nodes. What leads
// to a removed node goes with it.
#include "boot/dt_cpus.h"

#include "boot/dt.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16 }; // of a cpu-map: sockets, clusters in clusters, cores, threads

int dt_next_cpu(void const *fdt, int node)
{
    do
        node = fdt_next_node(fdt, node, NULL);
    while (node >= 0 && !(dt_is_type(fdt, node, "cpu") && dt_enabled(fdt, node)));
    return node;
}

// ---------------------------------------------------------------- cpu-map

// Children are numbered from 0 without a gap, each kind on its own (cpu-map in Linux's binding "CPU
// topology"): who reads them stops at the first that is missing.
static int number_children(void *fdt, int map)
{
    static char const *const kinds[] = {"socket", "cluster", "core", "thread"};
    char name[24];
    int child;
    for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        size_t len = strlen(kinds[k]);
        unsigned n = 0;
        fdt_for_each_subnode(child, fdt, map) {
            char const *old = fdt_get_name(fdt, child, NULL);
            if (strncmp(old, kinds[k], len) || old[len] < '0' || old[len] > '9')
                continue;
            snprintf(name, sizeof(name), "%s%u", kinds[k], n++);
            int err = strcmp(old, name) ? fdt_set_name(fdt, child, name) : 0;
            if (err)
                return err;
        }
    }
    return 0;
}

// Removes from a part of the map the nodes for the CPU, and those that are left with nothing in
// them. 1: there was one, 0: none, or an error.
static int prune_map(void *fdt, int map, uint32_t phandle, unsigned depth)
{
    int removed = 0, err = 0;
    int child = fdt_first_subnode(fdt, map);
    while (child >= 0) {
        bool gone = dt_u32(fdt, child, "cpu", 0) == phandle;
        int below = gone || depth == MAX_DEPTH ? 0 : prune_map(fdt, child, phandle, depth + 1);
        if (below < 0)
            return below;
        gone |= below && fdt_first_subnode(fdt, child) < 0 && !fdt_getprop(fdt, child, "cpu", NULL);
        removed |= gone || below;
        if (gone)
            err = fdt_del_node(fdt, child);
        if (err)
            return err;
        child = gone ? fdt_first_subnode(fdt, map) : fdt_next_subnode(fdt, child);
    }
    err = removed ? number_children(fdt, map) : 0;
    return err ? err : removed;
}

static int prune_maps(void *fdt, uint32_t phandle)
{
    int map = fdt_path_offset(fdt, "/cpus/cpu-map");
    int removed = map < 0 ? 0 : prune_map(fdt, map, phandle, 0);
    if (removed <= 0 || fdt_first_subnode(fdt, map) >= 0)
        return removed < 0 ? removed : 0;
    return fdt_del_node(fdt, map);
}

// ---------------------------------------------------------------- other references

static unsigned count_interrupts(void const *fdt, int node)
{
    struct dt_irq irq;
    unsigned n = 0;
    while (dt_interrupt(fdt, node, n, &irq) == 0)
        n++;
    return n;
}

// Takes entry `index` out of a property of `count` entries.
static int drop_entry(void *fdt, int node, char const *name, unsigned index, unsigned count)
{
    int len;
    char const *old = fdt_getprop(fdt, node, name, &len);
    if (!old || len % (int)count)
        return 0;
    unsigned size = (unsigned)len / count;
    char *rest = malloc((size_t)len + 1);
    if (!rest)
        return -FDT_ERR_NOSPACE;
    memcpy(rest, old, index * size);
    memcpy(rest + index * size, old + (index + 1) * size, (count - index - 1) * size);
    int err = fdt_setprop(fdt, node, name, rest, len - (int)size);
    free(rest);
    return err;
}

// A list of CPUs, one for each interrupt of the node or for one interrupt of all. A node that was
// there for this CPU alone is disabled.
static int drop_affinity(void *fdt, int node, uint32_t phandle)
{
    int len, err = 0;
    char const *interrupts = fdt_getprop(fdt, node, "interrupts-extended", NULL) ? "interrupts-extended" : "interrupts";
    uint32_t const *list = fdt_getprop(fdt, node, "interrupt-affinity", &len);
    unsigned count = list ? (unsigned)len / 4 : 0;
    for (unsigned i = count; i-- > 0 && !err;) {
        list = fdt_getprop(fdt, node, "interrupt-affinity", NULL);
        if (fdt32_ld(&list[i]) != phandle)
            continue;
        if (count == 1) {
            fdt_delprop(fdt, node, "interrupt-affinity");
            return fdt_setprop_string(fdt, node, "status", "disabled");
        }
        if (count_interrupts(fdt, node) == count)
            err = drop_entry(fdt, node, interrupts, i, count);
        if (!err)
            err = drop_entry(fdt, node, "interrupt-affinity", i, count--);
    }
    return err;
}

static bool lies_below(char const *path, char const *node)
{
    size_t len = strlen(node);
    return !strncmp(path, node, len) && (!path[len] || path[len] == '/' || path[len] == ':');
}

// Names of the node or of what is in it (Devicetree Specification 3.3).
static void drop_names(void *fdt, char const *list, char const *node)
{
    char const *name;
    int names = fdt_path_offset(fdt, list);
    int property = names < 0 ? names : fdt_first_property_offset(fdt, names);
    while (property >= 0) {
        int len;
        char const *path = fdt_getprop_by_offset(fdt, property, &name, &len);
        bool gone = path && len > 0 && !path[len - 1] && lies_below(path, node);
        if (gone)
            fdt_delprop(fdt, names, name);
        property = gone ? fdt_first_property_offset(fdt, names) : fdt_next_property_offset(fdt, property);
    }
}

// Caches of a removed CPU, which others may have shared (Devicetree Specification 3.9).
static void drop_lost_caches(void *fdt)
{
    for (int n = fdt_next_node(fdt, -1, NULL); n >= 0; n = fdt_next_node(fdt, n, NULL)) {
        uint32_t phandle = dt_u32(fdt, n, "next-level-cache", 0);
        if (phandle && fdt_node_offset_by_phandle(fdt, phandle) < 0)
            fdt_delprop(fdt, n, "next-level-cache");
    }
}

static int remove_cpu(void *fdt, int node)
{
    char path[256];
    uint32_t phandle = fdt_get_phandle(fdt, node);
    bool named = !fdt_get_path(fdt, node, path, sizeof(path));
    int err = fdt_del_node(fdt, node);
    if (!err && named) {
        drop_names(fdt, "/aliases", path);
        drop_names(fdt, "/__symbols__", path);
    }
    if (err || !phandle)
        return err;
    for (int n = fdt_next_node(fdt, -1, NULL); n >= 0 && !err; n = fdt_next_node(fdt, n, NULL))
        err = drop_affinity(fdt, n, phandle);
    return err ? err : prune_maps(fdt, phandle);
}

int dt_remove_cpus(void *fdt, unsigned keep)
{
    int removed = 0;
    for (;;) {
        int node = dt_next_cpu(fdt, -1);
        for (unsigned i = 0; i < keep && node >= 0; i++)
            node = dt_next_cpu(fdt, node);
        if (node < 0)
            break;
        int err = remove_cpu(fdt, node);
        if (err)
            return err;
        removed++;
    }
    if (removed)
        drop_lost_caches(fdt);
    return removed;
}
