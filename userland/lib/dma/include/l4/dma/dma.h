// SPDX-License-Identifier: MIT
// Memory that a driver shares with its device.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <l4/sys/types.h>

L4_BEGIN_DECLS

// What the devices of a vbus can reach: without an IOMMU physical memory, if io's configuration allows that.
struct dma_space {
    l4_cap_idx_t cap;
};

// Makes one for all devices of the bus. 0, or a negative error code; -L4_ENOENT: none of them does DMA.
int dma_space_open(struct dma_space *s, l4_cap_idx_t vbus);

struct dma_memory {
    void *at;
    uint64_t address; // the device's
    size_t size;
    l4_cap_idx_t ds;
};

// Allocates memory in one piece, whole pages, zeroed and mapped. It stays until the program ends: a device that was given its
// address may use it for ever. Cached: for devices that see the caches (dma-coherent in a device tree). 0 or a negative error
// code.
int dma_alloc(struct dma_space const *s, size_t size, struct dma_memory *m);

L4_END_DECLS
