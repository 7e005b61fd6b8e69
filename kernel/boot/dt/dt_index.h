// SPDX-License-Identifier: MIT
// The nodes of a whole tree, noted in one walk. libfdt answers each of the questions below by a
// walk from the start of the tree, and so do these functions for a tree that is not noted.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define DT_INDEX_MAX 2048 // nodes; a tree with more of them is read without an index

// Notes the tree, which must have passed fdt_check_full() and must not change until the next call;
// forgets the one before. 0, or -FDT_ERR_TRUNCATED: a property has an empty name.
int dt_index_build(void const *fdt);
void dt_index_forget(void);

// The node after `node` (-1: the root), children before siblings; < 0: none.
int dt_next(void const *fdt, int node);

// The child of `parent` after its child `node`, or the first one after `parent` itself; < 0: none.
int dt_next_child(void const *fdt, int parent, int node);

// The node /NAME; < 0: none.
int dt_top(void const *fdt, char const *name);

// < 0: the root has none.
int dt_parent(void const *fdt, int node);

// < 0: none.
int dt_by_phandle(void const *fdt, uint32_t phandle);

// The compatible property and its length in bytes; NULL: none.
char const *dt_compatible(void const *fdt, int node, int *len);

// Whether the node's device_type is `type`.
bool dt_has_type(void const *fdt, int node, char const *type);

#define dt_for_each_child(node, fdt, parent) \
    for ((node) = dt_next_child(fdt, parent, parent); (node) >= 0; \
         (node) = dt_next_child(fdt, parent, node))
