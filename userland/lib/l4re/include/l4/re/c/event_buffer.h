// SPDX-License-Identifier: MIT
// The consumer's end of an event buffer.
#pragma once

#include <l4/re/c/event.h>

typedef struct l4re_event_buffer_consumer_t {
    l4re_event_t *entries;
    unsigned long count;
    unsigned long next;
    l4re_ds_t ds;
} l4re_event_buffer_consumer_t;

typedef void l4re_event_buffer_cb_t(l4re_event_t *ev, void *data);

L4_BEGIN_DECLS

// Attach the buffer `ds` to the region map. 0 or a negative error code.
l4_ret_t l4re_event_buffer_attach(l4re_event_buffer_consumer_t *evbuf, l4re_ds_t ds, l4_cap_idx_t rm);
l4_ret_t l4re_event_buffer_detach(l4re_event_buffer_consumer_t *evbuf, l4_cap_idx_t rm);

// The next event, or NULL. It stays in the buffer until l4re_event_free().
l4re_event_t *l4re_event_buffer_next(l4re_event_buffer_consumer_t *evbuf);
void l4re_event_free(l4re_event_t *e);

// Call `cb` with each event that is there.
void l4re_event_buffer_consumer_foreach_available_event(l4re_event_buffer_consumer_t *evbuf, void *data,
                                                        l4re_event_buffer_cb_t *cb);

// Bind `irq` to `thread`, the caller, and for ever: call `cb` with each event, then wait for the interrupt.
void l4re_event_buffer_consumer_process(l4re_event_buffer_consumer_t *evbuf, l4_cap_idx_t irq, l4_cap_idx_t thread,
                                        void *data, l4re_event_buffer_cb_t *cb) L4_NORETURN;

L4_END_DECLS
