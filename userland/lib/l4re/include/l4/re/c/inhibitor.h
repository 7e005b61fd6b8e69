// SPDX-License-Identifier: MIT
// Inhibitor locks, for example of a bus against the machine's suspend (l4re-protocols 8).
#pragma once

#include <l4/sys/types.h>

L4_BEGIN_DECLS

// Take lock number `id`, for a reason that people can read. 0 or a negative error code.
l4_ret_t l4re_inhibitor_acquire(l4_cap_idx_t cap, l4_umword_t id, char const *reason);
l4_ret_t l4re_inhibitor_release(l4_cap_idx_t cap, l4_umword_t id);

// Name of the lock that follows number `current_id` (-1: the first), in `name` of `len` bytes. Returns its number, or
// -L4_ENODEV behind the last one.
l4_ret_t l4re_inhibitor_next_lock_info(l4_cap_idx_t cap, char *name, unsigned len, l4_mword_t current_id);

L4_END_DECLS
