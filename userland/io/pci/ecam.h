// SPDX-License-Identifier: MIT
// Configuration spaces in memory: 4 KiB a function, 1 MiB a bus (PCI Express Base Specification 3.0, section 7.2.2).
#pragma once

#include "space.h"

// The spaces at physical address `base`. NULL, with the reason in *why.
struct pci_space *ecam_open(uint64_t base, uint64_t size, char const **why);
