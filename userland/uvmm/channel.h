// SPDX-License-Identifier: MIT
// What is written to a virtual console (vcon), by the guest's devices and by uvmm itself: one channel for each vcon, whose
// line_writer.h keeps the lines of both apart. A vCPU that writes holds the channel's lock for one message to the vcon at a
// time; lines of uvmm that wait are shown by whoever ends the guest's line, or by the main thread.
#pragma once

#include "device/alarm.h"
#include "line_writer.h"
#include "lock.h"

#include <l4/sys/types.h>

struct channel {
    struct line_writer writer; // first
    struct lock lock;          // of writer
    l4_cap_idx_t vcon;
    struct alarm alarm;
    struct channel *next;
};

// The channel of this vcon, which several capabilities may name. Main thread, before the guest runs. Ends uvmm when it
// cannot be made.
struct channel *channel_open(l4_cap_idx_t vcon);

// Makes uvmm's log a channel, to which its messages go from now on. Main thread, when there is an event loop.
void channel_open_log(void);

// Text of the guest. Any thread; returns when the vcon has taken it.
void channel_write(struct channel *c, char const *text, unsigned size);

// A character of the guest, which goes with others. Any thread.
void channel_put(struct channel *c, char ch);

// Whole lines of uvmm. waits: until the guest has ended its line, but not for long; the caller does not wait. Any thread; keeps
// the message registers.
void channel_lines(struct channel *c, char const *text, unsigned size, bool waits);

// Hands over whatever waits in any channel.
void channel_flush_all(void);
