// SPDX-License-Identifier: MIT
// libfdt 1.6.1 gives all phandles of an overlay new numbers, above those of the base, and then
// copies them like any property: a node that the overlay names again gets another phandle, and what
// the base has said about the old one dangles. A phandle is the name of a node for the whole tree
// (Devicetree Specification 2.3.3), so such a node keeps that of the base: before the overlay is
// put on, its phandle for the node goes, and its references to that become references to the base.
#include "boot/overlay.h"

#include <libfdt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXUPS "/__local_fixups__" // where the overlay refers to its own phandles

// A node has the phandle `from` in the overlay, and `to` in the base.
struct pair {
    uint32_t from, to;
};

struct pairs {
    struct pair *pair;
    unsigned count;
};

// A copy that can be changed, with room for `more` bytes; NULL when there is no memory for it.
static void *open_copy(void const *fdt, size_t more, int *err)
{
    size_t room = fdt_totalsize(fdt) + sizeof(struct fdt_header) + more;
    void *copy = malloc(room);
    *err = copy ? fdt_open_into(fdt, copy, (int)room) : -FDT_ERR_NOSPACE;
    if (!*err)
        return copy;
    free(copy);
    return NULL;
}

// ---------------------------------------------------------------- which nodes are named again

// The symbol of the base that is the fragment's target, NULL: none.
static char const *target_symbol(void const *overlay, int fragment)
{
    char want[128];
    char const *name;
    int property, fixups = fdt_path_offset(overlay, "/__fixups__");
    snprintf(want, sizeof(want), "/%s:target:0", fdt_get_name(overlay, fragment, NULL));
    if (fixups < 0)
        return NULL;
    fdt_for_each_property_offset(property, overlay, fixups)
        if (fdt_getprop_by_offset(overlay, property, &name, NULL) &&
            fdt_stringlist_search(overlay, fixups, name, want) >= 0)
            return name;
    return NULL;
}

static int path_in_base(void const *base, void const *fdt, int node, char const *property)
{
    char const *path = node < 0 ? NULL : fdt_stringlist_get(fdt, node, property, 0, NULL);
    return path ? fdt_path_offset(base, path) : -FDT_ERR_NOTFOUND;
}

// Where in the base the fragment is put, or < 0. The target may be a label of the overlay.
static int target_of(void const *base, void const *overlay, int fragment, struct pairs const *found)
{
    char path[128];
    int len;
    fdt32_t const *cell = fdt_getprop(overlay, fragment, "target", &len);
    if (!cell || len != 4)
        return path_in_base(base, overlay, fragment, "target-path");
    char const *symbol = target_symbol(overlay, fragment);
    if (symbol)
        return path_in_base(base, base, fdt_path_offset(base, "/__symbols__"), symbol);
    snprintf(path, sizeof(path), FIXUPS "/%s", fdt_get_name(overlay, fragment, NULL));
    int fixup = fdt_path_offset(overlay, path);
    if (fixup < 0 || !fdt_getprop(overlay, fixup, "target", NULL))
        return fdt_node_offset_by_phandle(base, fdt32_ld(cell));
    for (unsigned i = 0; i < found->count; i++)
        if (found->pair[i].from == fdt32_ld(cell))
            return fdt_node_offset_by_phandle(base, found->pair[i].to);
    return -FDT_ERR_NOTFOUND; // a node that the overlay adds
}

// Notes what two nodes that become one, and their children, have as phandles.
static int compare(void const *base, int old, void const *overlay, int new, struct pairs *found)
{
    int child, err = 0;
    struct pair p = {fdt_get_phandle(overlay, new), fdt_get_phandle(base, old)};
    if (p.from && p.to) {
        struct pair *more = realloc(found->pair, (found->count + 1) * sizeof(p));
        if (!more)
            return -FDT_ERR_NOSPACE;
        found->pair = more;
        more[found->count++] = p;
    }
    fdt_for_each_subnode(child, overlay, new) {
        int below = fdt_subnode_offset(base, old, fdt_get_name(overlay, child, NULL));
        if (below >= 0 && !err)
            err = compare(base, below, overlay, child, found);
    }
    return err;
}

static int find_pairs(void const *base, void const *overlay, struct pairs *found)
{
    int fragment, err = 0;
    fdt_for_each_subnode(fragment, overlay, 0) {
        int content = fdt_subnode_offset(overlay, fragment, "__overlay__");
        int target = content < 0 ? content : target_of(base, overlay, fragment, found);
        if (target >= 0 && !err)
            err = compare(base, target, overlay, content, found);
    }
    return err;
}

// ---------------------------------------------------------------- references

// Where the overlay's own references are: one property of a node below FIXUPS.
struct fixup {
    int node;         // below FIXUPS
    int target;       // that it speaks of
    char const *name; // of the property in both
    uint32_t const *offset;
    int count;
};

static bool is_phandle(char const *property)
{
    return !strcmp(property, "phandle") || !strcmp(property, "linux,phandle");
}

// Is it FIXUPS, or below? A path that does not fit into `path` is.
static bool is_fixup(void const *overlay, int node)
{
    char path[1024];
    return fdt_get_path(overlay, node, path, sizeof(path)) || !strncmp(path, FIXUPS, strlen(FIXUPS));
}

// -FDT_ERR_BADOVERLAY unless all places lie inside the property: libfdt does not look. Nor may numbers of FIXUPS themselves
// change after that, as what is called a phandle does, and what is said to refer to one.
static int read_fixup(void const *overlay, int node, int property, struct fixup *f)
{
    char path[1024];
    int len, size;
    int err = fdt_get_path(overlay, node, path, sizeof(path));
    if (err)
        return err;
    f->node = node;
    f->target = fdt_path_offset(overlay, path[strlen(FIXUPS)] ? path + strlen(FIXUPS) : "/");
    f->offset = fdt_getprop_by_offset(overlay, property, &f->name, &len);
    if (f->target < 0 || !f->offset || len % 4 || !fdt_getprop(overlay, f->target, f->name, &size))
        return -FDT_ERR_BADOVERLAY;
    if (is_phandle(f->name) || is_fixup(overlay, f->target))
        return -FDT_ERR_BADOVERLAY;
    f->count = len / 4;
    for (int i = 0; i < f->count; i++)
        if (size < 4 || fdt32_ld(&f->offset[i]) > (uint32_t)size - 4)
            return -FDT_ERR_BADOVERLAY;
    return 0;
}

// References of this property to `from` become `to`, a phandle of the base: no longer local.
static int redirect_property(void *overlay, struct fixup const *f, uint32_t from, uint32_t to)
{
    uint32_t *keep = malloc(4 * (size_t)f->count + 1);
    fdt32_t cell;
    int kept = 0, err = keep ? 0 : -FDT_ERR_NOSPACE;
    for (int i = 0; i < f->count && !err; i++) {
        uint32_t offset = fdt32_ld(&f->offset[i]);
        char const *value = fdt_getprop(overlay, f->target, f->name, NULL);
        memcpy(&cell, value + offset, 4);
        if (fdt32_to_cpu(cell) != from) {
            keep[kept++] = f->offset[i];
            continue;
        }
        cell = cpu_to_fdt32(to);
        err = fdt_setprop_inplace_namelen_partial(overlay, f->target, f->name, (int)strlen(f->name), offset, &cell, 4);
    }
    if (!err && kept < f->count)
        err = fdt_setprop(overlay, f->node, f->name, keep, 4 * kept);
    free(keep);
    return err;
}

// With from == 0, which is no phandle, it only looks whether the references are well-formed.
static int redirect(void *overlay, uint32_t from, uint32_t to)
{
    int depth = 0, err = 0, property;
    int node = fdt_path_offset(overlay, FIXUPS);
    for (; node >= 0 && depth >= 0 && !err; node = fdt_next_node(overlay, node, &depth))
        fdt_for_each_property_offset(property, overlay, node) {
            struct fixup f;
            err = read_fixup(overlay, node, property, &f);
            if (!err && from)
                err = redirect_property(overlay, &f, from, to);
            if (err)
                break;
        }
    return err;
}

// The node that has the phandle `from` in the overlay has `to` in the base.
static int use_phandle_of_base(void *overlay, uint32_t from, uint32_t to)
{
    for (int node; (node = fdt_node_offset_by_phandle(overlay, from)) >= 0;) {
        fdt_delprop(overlay, node, "phandle");
        fdt_delprop(overlay, node, "linux,phandle");
    }
    return redirect(overlay, from, to);
}

// fdt_overlay_apply destroys what it is given.
int overlay_apply(void const *base, void const *overlay, size_t spare, void **result)
{
    struct pairs found = {NULL, 0};
    void *tree = NULL;
    int err;
    void *own = open_copy(overlay, 0, &err);
    if (!err)
        err = redirect(own, 0, 0);
    if (!err)
        err = find_pairs(base, own, &found);
    for (unsigned i = 0; i < found.count && !err; i++)
        err = use_phandle_of_base(own, found.pair[i].from, found.pair[i].to);
    if (!err)
        tree = open_copy(base, fdt_totalsize(own) + spare, &err);
    if (!err)
        err = fdt_overlay_apply(tree, own);
    free(found.pair);
    free(own);
    if (err)
        free(tree);
    else
        *result = tree;
    return err;
}
