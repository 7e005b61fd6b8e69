// SPDX-License-Identifier: MIT
// Debug interface of servers (l4re-protocols 8).
#pragma once

#include <l4/sys/types.h>

L4_BEGIN_DECLS

// Ask a server for function number `function` of its debug interface; what that does is the server's. Returns 0 or more, or a
// negative error code: -L4_EBADPROTO where there is none.
l4_ret_t l4re_debug_obj_debug(l4_cap_idx_t srv, unsigned long function);

L4_END_DECLS
