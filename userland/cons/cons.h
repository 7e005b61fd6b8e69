// SPDX-License-Identifier: MIT
// The console as a whole: its clients and its multiplexers. No IPC here.
#pragma once

#include "mux.h"

struct cons {
    struct mux_host host;
    struct mux mux[MUX_MAX];          // the first host.mux_count of them
    bool show_all;                    // new clients are shown on every multiplexer
    struct client_options defaults;   // for new clients
    void (*release)(struct client *); // takes the memory of a removed client back
};

// No clients, no multiplexers.
void cons_init(struct cons *cons);

// Makes a new client known: decides where it is shown and connects multiplexers that waited for it.
void cons_add_client(struct cons *cons, struct client *c, uint64_t now);

// The last capability of a client has gone. It stays while it is to be kept, or has output that
// nobody saw.
void cons_client_gone(struct cons *cons, struct client *c);

uint64_t cons_pump(struct cons *cons, uint64_t now);
