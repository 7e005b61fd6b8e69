// SPDX-License-Identifier: MIT
#include "dt/dt_index.h"

#include "entry/uncleared.h"

#include <libfdt.h>
#include <string.h>

enum { NONE = -1 };

struct node {
    int offset;
    int parent;     // number in the index, or NONE
    uint32_t phandle;
    char const *name;
    struct value {
        char const *data; // NULL: none
        int len;
    } compatible, type;
};

static UNCLEARED struct node nodes[DT_INDEX_MAX];
static unsigned num_nodes;
static void const *noted; // the tree, NULL: none

void dt_index_forget(void)
{
    noted = NULL;
}

// First one of phandle and linux,phandle, as libfdt does it.
static void note_property(struct node *n, char const *name, struct value value)
{
    if (!strcmp(name, "compatible"))
        n->compatible = value;
    else if (!strcmp(name, "device_type"))
        n->type = value;
    else if (value.len == 4 &&
             (!strcmp(name, "phandle") || (!n->phandle && !strcmp(name, "linux,phandle"))))
        n->phandle = fdt32_ld((fdt32_t const *)value.data);
}

int dt_index_build(void const *fdt)
{
    int open = NONE, next;
    uint32_t tag;
    bool room = true;
    dt_index_forget();
    num_nodes = 0;
    for (int at = 0; (tag = fdt_next_tag(fdt, at, &next)) != FDT_END; at = next) {
        if (tag == FDT_BEGIN_NODE && num_nodes < DT_INDEX_MAX) {
            nodes[num_nodes] = (struct node){
                .offset = at, .parent = open, .name = fdt_get_name(fdt, at, NULL)};
            open = (int)num_nodes++;
        } else if (tag == FDT_BEGIN_NODE) {
            room = false;
        } else if (tag == FDT_END_NODE && room) {
            open = nodes[open].parent;
        } else if (tag == FDT_PROP) {
            char const *name;
            int len;
            char const *value = fdt_getprop_by_offset(fdt, at, &name, &len);
            // A blob whose end has not arrived may have zeros there, where the names belong.
            if (!value || !*name)
                return -FDT_ERR_TRUNCATED;
            if (room && open != NONE)
                note_property(&nodes[open], name, (struct value){value, len});
        }
    }
    if (room)
        noted = fdt;
    return 0;
}

// Number of the node in the index, NONE if it has none.
static int number_of(void const *fdt, int node)
{
    int low = 0, high = fdt == noted ? (int)num_nodes : 0;
    while (low < high) {
        int middle = (low + high) / 2;
        if (nodes[middle].offset == node)
            return middle;
        if (nodes[middle].offset < node)
            low = middle + 1;
        else
            high = middle;
    }
    return NONE;
}

int dt_next(void const *fdt, int node)
{
    if (fdt != noted)
        return fdt_next_node(fdt, node, NULL);
    unsigned next = (unsigned)(number_of(fdt, node) + 1);
    return next < num_nodes ? nodes[next].offset : -FDT_ERR_NOTFOUND;
}

int dt_next_child(void const *fdt, int parent, int node)
{
    if (fdt != noted)
        return node == parent ? fdt_first_subnode(fdt, parent) : fdt_next_subnode(fdt, node);
    int above = number_of(fdt, parent);
    for (unsigned i = (unsigned)(number_of(fdt, node) + 1); above != NONE && i < num_nodes; i++)
        if (nodes[i].parent == above)
            return nodes[i].offset;
        else if (nodes[i].parent < above)
            break; // what follows lies beside `parent`
    return -FDT_ERR_NOTFOUND;
}

int dt_top(void const *fdt, char const *name)
{
    if (fdt != noted)
        return fdt_subnode_offset(fdt, 0, name);
    for (unsigned i = 0; i < num_nodes; i++)
        if (nodes[i].parent == 0 && !strcmp(nodes[i].name, name))
            return nodes[i].offset;
    return -FDT_ERR_NOTFOUND;
}

int dt_parent(void const *fdt, int node)
{
    int number = number_of(fdt, node);
    if (number == NONE)
        return fdt_parent_offset(fdt, node);
    int parent = nodes[number].parent;
    return parent == NONE ? -FDT_ERR_NOTFOUND : nodes[parent].offset;
}

int dt_by_phandle(void const *fdt, uint32_t phandle)
{
    if (fdt != noted)
        return fdt_node_offset_by_phandle(fdt, phandle);
    for (unsigned i = 0; phandle && ~phandle && i < num_nodes; i++)
        if (nodes[i].phandle == phandle)
            return nodes[i].offset;
    return -FDT_ERR_NOTFOUND;
}

char const *dt_compatible(void const *fdt, int node, int *len)
{
    int number = number_of(fdt, node);
    if (number == NONE)
        return fdt_getprop(fdt, node, "compatible", len);
    *len = nodes[number].compatible.len;
    return nodes[number].compatible.data;
}

bool dt_has_type(void const *fdt, int node, char const *type)
{
    struct value v;
    int number = number_of(fdt, node);
    if (number == NONE)
        v.data = fdt_getprop(fdt, node, "device_type", &v.len);
    else
        v = nodes[number].type;
    return v.data && v.len == (int)strlen(type) + 1 && !memcmp(v.data, type, (size_t)v.len);
}
