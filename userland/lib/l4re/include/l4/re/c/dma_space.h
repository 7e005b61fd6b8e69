// SPDX-License-Identifier: MIT
// Managed DMA space client (l4re-protocols 8).
#pragma once

#include <l4/re/c/dataspace.h>

typedef l4_cap_idx_t l4re_dma_space_t;
typedef l4_uint64_t l4re_dma_space_dma_addr_t;

// Map `*size` bytes of `src` from `offset` on for DMA. *size and *dma_addr get the piece and its
// address that a device must use. 0 or a negative error code.
long l4re_dma_space_map(l4re_dma_space_t dma, l4re_ds_t src, l4re_ds_offset_t offset,
                        l4_size_t *size, unsigned long attrs, unsigned char align,
                        l4re_dma_space_dma_addr_t *dma_addr);
long l4re_dma_space_unmap(l4re_dma_space_t dma, l4re_dma_space_dma_addr_t dma_addr, l4_size_t size,
                          unsigned long flags);
