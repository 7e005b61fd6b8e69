// SPDX-License-Identifier: MIT
// PCI host bridges for configuration files.
#pragma once

#include <lua.h>

#include "config.h"

// pci_scan(bridge): a list of the devices behind the bridge that a table describes, or nil and a reason. Each has its numbers,
// `bars`, `irq` if it has one, and `handle`, by which the device is told to the C part.
// The bridge becomes the first one of *bridges.
struct pci_root;
int config_pci_scan(lua_State *l, struct config_host const *host, struct pci_root **bridges);

void config_pci_free(struct pci_root *bridges);
