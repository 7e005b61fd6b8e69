// SPDX-License-Identifier: MIT
// Runs configuration files. Lua and data only: what touches the system comes in by struct
// config_host, so that the whole can be tested elsewhere.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "bus.h"
#include "pci/space.h"

enum config_level { CONFIG_ERROR = 1, CONFIG_WARNING = 2, CONFIG_INFO = 3, CONFIG_DEBUG = 4 };

struct config_host {
    // NULL, or why device memory [start, end] cannot be given away.
    char const *(*mmio_check)(uint64_t start, uint64_t end);
    // NULL, or why interrupts [first, last] do not exist.
    char const *(*irq_check)(uint64_t first, uint64_t last);
    // The configuration spaces at physical address base; NULL, and why there are none.
    struct pci_space *(*pci_open)(uint64_t base, uint64_t size, char const **why);
    // Whether devices can be kept to DMA spaces: io has the IOMMU's capability.
    bool (*has_iommu)(void);
    // Takes a bus over (also on failure). NULL, or why its clients cannot be served.
    char const *(*publish)(struct bus *bus);
    void (*log)(unsigned level, char const *text);
};

struct config;

// NULL without memory. host must stay valid.
struct config *config_new(struct config_host const *host);
void config_free(struct config *c);

// Runs a file's text; errors are logged with file, line and a traceback. Returns 0 or -1. No bus is published behind an error
// in the same file.
int config_run(struct config *c, char const *file, char const *text, size_t size);

// After the last file: reports hardware that no bus has.
void config_finish(struct config *c);
