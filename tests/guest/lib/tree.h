// SPDX-License-Identifier: MIT
// A small reader of flattened device trees (Devicetree Specification, chapter 5). It never reads beyond the tree.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { TREE_DEPTH = 8 };

struct tree_node {
    uint32_t properties; // offset of the first one in the structure block
    uint32_t next;       // behind the node's name
    int depth;           // 0: the root
    uint32_t address_cells[TREE_DEPTH], size_cells[TREE_DEPTH]; // for the children of each level above, and this one
};

// False: that is no tree.
bool tree_open(void const *blob);

// Steps through all nodes; a node of zeros is before the root. False: there are no more.
bool tree_next(struct tree_node *n);

// A property's value, NULL if there is none.
void const *tree_get(struct tree_node const *n, char const *name, uint32_t *size);
bool tree_has_string(struct tree_node const *n, char const *name, char const *text);
// Entry `index` of reg, addresses as the parent counts them.
bool tree_reg(struct tree_node const *n, unsigned index, uint64_t *address, uint64_t *size);
// Cell `index` of a property, or `otherwise`.
uint32_t tree_cell(struct tree_node const *n, char const *name, unsigned index, uint32_t otherwise);

bool text_equal(char const *a, char const *b);
