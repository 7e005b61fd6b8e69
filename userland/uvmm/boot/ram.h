// SPDX-License-Identifier: MIT
// Guest RAM: from dataspaces into uvmm and into the VM, as the tree's memory nodes say.
#pragma once

#include "vm.h"

// Finds the dataspaces, places them and rewrites the memory nodes. Ends uvmm when there is no RAM.
void ram_init(struct vm *m);

// Maps all of it into the VM, in the largest pages possible.
void ram_map_all(struct vm *m);
