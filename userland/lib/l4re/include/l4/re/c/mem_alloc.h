// SPDX-License-Identifier: MIT
// Allocation of dataspaces (l4re-protocols 2).
#pragma once

#include <l4/re/c/dataspace.h>

L4_BEGIN_DECLS

enum l4re_ma_flags {
    L4RE_MA_CONTINUOUS = 0x01,
    L4RE_MA_PINNED = 0x02,
    L4RE_MA_SUPER_PAGES = 0x04,
    L4RE_MA_FIXED_PADDR = 0x08,
};

// Allocate `size` bytes into the free slot `mem`. A size of -1 takes all that is left. `align`:
// log2, 0 = page. Returns 0 or a negative error code.
long l4re_ma_alloc_align_srv(l4_cap_idx_t srv, unsigned long size, l4re_ds_t mem,
                             unsigned long flags, unsigned long align);
long l4re_ma_alloc_align(unsigned long size, l4re_ds_t mem, unsigned long flags,
                         unsigned long align);
long l4re_ma_alloc(unsigned long size, l4re_ds_t mem, unsigned long flags);

L4_END_DECLS
