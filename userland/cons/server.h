// SPDX-License-Identifier: MIT
// What the parts of cons that do IPC share.
#pragma once

#include "cons.h"

#include <l4/srv/server.h>
#include <l4/srv/share.h>

struct server {
    struct srv srv;
    struct srv_timer timer; // next time the multiplexers want to be called
    struct share_factory factory; // the first one
    struct cons cons;
};

extern struct server server;

// Set up the server loop. 0 or a negative error code.
int server_init(void);

// Time in us.
uint64_t server_now(void);

// Let the multiplexers print, and arm the timer.
void server_pump(void);

// Put the factory behind the capability `cons`. 0 or a negative error code.
int factory_serve(l4_cap_idx_t gate);

// Make the server object of a new client, which takes a part of a factory's share as long as it exists. NULL: *err says why.
struct srv_object *vcon_client_create(struct client_options const *o, struct share *share, int *err);

// Take back a client that cons has removed.
void vcon_client_release(struct client *c);

// Let the commands shutdown and reboot have the capability `pfc`, if there is one.
void machine_init(void);

// Open the vcon capability `name` as terminal number `index`. NULL with *what set on failure.
struct screen_port *frontend_open(unsigned index, char const *name, char const **what);

// Switch on input for an open terminal. 0 or a negative error code.
int frontend_start(unsigned index);
