// SPDX-License-Identifier: MIT
// Event client (l4re-protocols 8): a server puts events into a buffer that both see, and triggers an interrupt (pin 0 of the
// server's capability, which is an ICU too). No server of this system has input events; others may.
#pragma once

#include <l4/re/c/dataspace.h>
#include <l4/re/event.h>

typedef struct l4re_event_t {
    long long time; // 0: the entry is free
    unsigned short type;
    unsigned short code;
    int value;
    l4_umword_t stream_id;
} l4re_event_t;

L4_ABI_ASSERT(sizeof(l4re_event_t) == 24, "event");

L4_BEGIN_DECLS

// Receive the buffer in the free slot `ds`. 0 or a negative error code.
l4_ret_t l4re_event_get_buffer(l4_cap_idx_t server, l4re_ds_t ds);

// Number of streams, or a negative error code.
l4_ret_t l4re_event_get_num_streams(l4_cap_idx_t server);

// What stream `idx`, or the one with number `id`, is. 0 or a negative error code.
l4_ret_t l4re_event_get_stream_info(l4_cap_idx_t server, int idx, l4re_event_stream_info_t *info);
l4_ret_t l4re_event_get_stream_info_for_id(l4_cap_idx_t server, l4_umword_t id, l4re_event_stream_info_t *info);

L4_END_DECLS
