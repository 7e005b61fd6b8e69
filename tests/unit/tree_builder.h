// SPDX-License-Identifier: MIT
// Builds a device tree, node by node, in `tree_blob`; a call that fails ends the test.
#pragma once

extern char tree_blob[65536];

void tree_begin(void);    // no nodes, empty memory reservation map
void tree_open(char const *name);
void tree_close(void);
void tree_finish(void);   // all nodes are closed

// Properties of the node opened last that has no child yet. n: how many unsigned numbers follow.
void tree_string(char const *name, char const *value);
void tree_cells(char const *name, unsigned n, ...);
void tree_bytes(char const *name, void const *value, unsigned size);
