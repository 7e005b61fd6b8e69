// SPDX-License-Identifier: MIT
#pragma once

#include <l4/irq/irq.h>
#include <l4/re/thread.h>
#include <stdbool.h>

struct l4irq_t {
    struct l4irq_t *next;
    l4_cap_idx_t cap;
    int pin;               // -1: the IRQ object is somebody else's
    bool unmask_by_icu;
    // of l4irq_request()
    bool ending;
    void (*handler)(void *);
    void *data;
    struct l4re_thread thread;
};

// An object without a thread yet: for `pin`, or for `cap` when the pin is -1. NULL on error.
struct l4irq_t *irq_new(int pin, l4_cap_idx_t cap, unsigned mode);

// Bind it to a thread and enter it into the list of those that wait_any finds. 0 or a negative error code.
long irq_bind(struct l4irq_t *irq, l4_cap_idx_t thread);
