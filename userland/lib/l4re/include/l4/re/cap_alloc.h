// SPDX-License-Identifier: MIT
// Allocator of capability slots of the own task. Thread safe.
#pragma once

#include <l4/sys/types.h>

L4_BEGIN_DECLS

// Slots from index `first` on are free. Needed only by programs without environment.
void l4re_util_cap_alloc_init(unsigned long first);

// A free slot, L4_INVALID_CAP when there is none.
l4_cap_idx_t l4re_util_cap_alloc(void);

// Give a slot back that is empty, or whose capability shall stay where it is not (it is not
// unmapped).
void l4re_util_cap_free(l4_cap_idx_t cap);

// Unmap the slot's capability, then give the slot back.
void l4re_util_cap_free_um(l4_cap_idx_t cap);

// Number of slots that are not free.
unsigned l4re_util_cap_in_use(void);

L4_END_DECLS
