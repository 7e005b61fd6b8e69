// SPDX-License-Identifier: MIT
// The other end of a guest's serial device: a virtual console (vcon) of cons or of the kernel.
#pragma once

#include <l4/srv/server.h>
#include <l4/sys/vcon.h>
#include <stdbool.h>

struct console {
    l4_cap_idx_t vcon;
    // Input may be there: the device reads as much as it can take (console_read). Main thread.
    void (*input)(struct console *c);
    // private
    struct srv_object irq;
    bool has_input;
    bool has_attr;
    l4_vcon_attr_t attr; // before it was switched to raw mode
    struct console *next;
};

// Takes a vcon into use: raw mode, input interrupt to the main thread's loop. A vcon without input
// is reported and stays output only.
void console_open(struct console *c, l4_cap_idx_t vcon, char const *device,
                  void (*input)(struct console *c));

// Up to `size` bytes of input. *more: there is something left. Main thread only.
unsigned console_read(struct console *c, char *buf, unsigned size, bool *more);

// Output; any thread, waits until the console has taken it.
void console_write(struct console *c, char const *buf, unsigned size);

// Lets the main thread call input() again, because the device has room now. Any thread.
void console_poke(struct console *c);

// Gives all consoles their attributes back.
void console_restore_all(void);
