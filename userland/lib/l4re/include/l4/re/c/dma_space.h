// SPDX-License-Identifier: MIT
// Managed DMA space client (l4re-protocols 8).
#pragma once

#include <l4/re/c/dataspace.h>

L4_BEGIN_DECLS

typedef l4_cap_idx_t l4re_dma_space_t;
typedef l4_cap_idx_t l4re_dma_space_mgr_t;
typedef l4_uint64_t l4re_dma_space_dma_addr_t;
typedef l4_uint64_t l4re_dma_space_dma_size_t;

enum l4re_dma_space_attributes {
    L4RE_DMA_SPACE_SEARCH_ADDR = 1,
    L4RE_DMA_SPACE_PARTIAL_MAP = 2,
    L4RE_DMA_SPACE_RESERVE = 4,
    L4RE_DMA_SPACE_REPLACE = 8,
};

enum l4re_dma_space_mgr_space_attribs { L4RE_DMA_SPACE_MGR_IDENTITY_MAP = 1 };

// Map `*size` bytes of `src` from `offset` on for DMA. *size and *dma_addr get the piece and its
// address that a device must use. 0 or a negative error code: -L4_EPERM for a dataspace that may not be written, because the
// device could.
long l4re_dma_space_map(l4re_dma_space_t dma, l4re_ds_t src, l4re_ds_offset_t offset,
                        l4_size_t *size, unsigned long attrs, unsigned char align,
                        l4re_dma_space_dma_addr_t *dma_addr);
long l4re_dma_space_unmap(l4re_dma_space_t dma, l4re_dma_space_dma_addr_t dma_addr, l4_size_t size,
                          unsigned long flags);

// Let `dma_space` speak of the kernel DMA space `dma_task`, or of physical memory itself. Needs the right W. 0, or -L4_EBUSY:
// it is associated, -L4_ENOENT: not one of the manager's, -L4_ENOSYS: moe has no kernel DMA spaces, nor limits.
l4_ret_t l4re_dma_space_mgr_associate(l4re_dma_space_mgr_t dma_mgr, l4re_dma_space_t dma_space, l4_cap_idx_t dma_task,
                                      enum l4re_dma_space_mgr_space_attribs attr);
l4_ret_t l4re_dma_space_mgr_associate_phys(l4re_dma_space_mgr_t dma_mgr, l4re_dma_space_t dma_space,
                                           enum l4re_dma_space_mgr_space_attribs attr);
l4_ret_t l4re_dma_space_mgr_disassociate(l4re_dma_space_mgr_t dma_mgr, l4re_dma_space_t dma_space);

// Ashlar's own. The space, and all memory that is mapped in it, is there until it is disassociated, also when nobody has a
// capability to it any more: it has an id. -L4_ENOENT: there is no space of that id.
l4_ret_t l4re_dma_space_mgr_associate_phys_id(l4re_dma_space_mgr_t dma_mgr, l4re_dma_space_t dma_space, l4_uint64_t *id);
l4_ret_t l4re_dma_space_mgr_disassociate_id(l4re_dma_space_mgr_t dma_mgr, l4_uint64_t id);

// Devices behind the DMA space reach [min_addr, max_addr] only.
l4_ret_t l4re_dma_space_mgr_set_limits(l4re_dma_space_mgr_t dma_mgr, l4re_dma_space_t dma_space,
                                       l4re_dma_space_dma_addr_t min_addr, l4re_dma_space_dma_addr_t max_addr);

L4_END_DECLS
