// SPDX-License-Identifier: MIT
// Kernel-user memory: for UTCBs and vCPU areas.
#pragma once

#include <l4/sys/types.h>

L4_BEGIN_DECLS

// Allocate 2^pages_order pages of kernel-user memory in `task` at an address that `rm` chooses.
// *mem = address. 0 or a negative error code.
int l4re_util_kumem_alloc(l4_addr_t *mem, unsigned pages_order, l4_cap_idx_t task, l4_cap_idx_t rm);

L4_END_DECLS
