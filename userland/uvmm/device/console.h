// SPDX-License-Identifier: MIT
// The other end of a guest's serial device: a virtual console (vcon) of cons or of the kernel.
//
// Several devices may share one vcon (by default uvmm's log). All of them write to it. Input goes to
// the one whose receiver the guest switched on last; but a UART, which a guest switches on when the
// terminal is opened, keeps it from a virtio console, which is on as soon as its driver is there.
#pragma once

#include "channel.h"

#include <l4/sys/types.h>
#include <stdbool.h>

struct console_port;

struct console {
    struct console_port *port;
    struct channel *channel; // where its output goes
    // Input may be there: the device reads as much as it can take (console_read). Main thread.
    void (*input)(struct console *c);
    char const *device; // for messages
    bool keeps;         // holds the input until console_release()
};

// Connects a device with a vcon and switches it to raw mode. Main thread, before the guest runs.
void console_open(struct console *c, l4_cap_idx_t vcon, char const *device,
                  void (*input)(struct console *c));

// The guest has switched the device's receiver on. A vcon without input is reported and stays
// output only. Any thread.
void console_listen(struct console *c);

// The guest has switched the receiver off: input goes to the device that listened before it, if
// that does not keep. Any thread.
void console_release(struct console *c);

// Up to `size` bytes of input. *more: there may be something left. Main thread only.
unsigned console_read(struct console *c, char *buf, unsigned size, bool *more);

// Output; any thread, waits until the console has taken it.
static inline void console_write(struct console *c, char const *buf, unsigned size)
{
    channel_write(c->channel, buf, size);
}

// The same for a single character, which goes with others: at the end of a line, when there are many, or after a millisecond.
static inline void console_put(struct console *c, char ch)
{
    channel_put(c->channel, ch);
}

// Lets the main thread call input() again, because the device has room now. Any thread.
void console_poke(struct console *c);

// Gives all consoles their attributes back.
void console_restore_all(void);
