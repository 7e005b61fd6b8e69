// SPDX-License-Identifier: MIT
// A time at which a device wants to be called, from whatever thread it was set.
#pragma once

#include <l4/srv/server.h>
#include <stdatomic.h>

#define ALARM_NEVER (~0ull)

struct alarm {
    void (*expired)(struct alarm *a);
    // private
    _Atomic uint64_t at;
    struct srv_object changed; // tells the event thread that `at` is another
    struct srv_timer timer;
};

// expired() is called on the event thread. Before the guest runs. 0 or a negative error.
int alarm_init(struct alarm *a, void (*expired)(struct alarm *a));

// expired() is called once, when alarm_now() is `at` or later. Replaces what was set before; ALARM_NEVER: nothing is. Any
// thread.
void alarm_set(struct alarm *a, uint64_t at);

// expired() is called at `at` at the latest: what was set before stays when it is earlier. Any thread, one at a time.
void alarm_set_by(struct alarm *a, uint64_t at);

// Microseconds.
uint64_t alarm_now(void);
