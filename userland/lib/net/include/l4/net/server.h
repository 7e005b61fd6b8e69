// SPDX-License-Identifier: MIT
// What programs that make network ports have in common: they serve factories, the first of them on capability `svr`, each with
// a share of the ports that can be made. There is one such server in a program.
#pragma once

#include <l4/net/device.h>
#include <l4/srv/factory_args.h>
#include <l4/srv/server.h>
#include <l4/srv/share.h>

// -d CAP: a dataspace of another server than moe that drivers may register as their memory. False, with a message: it is none.
bool net_server_trust(char const *name);

// All of them so far; the list lives as long as the program.
struct l4virtio_trusted net_server_trusted(void);

struct srv *net_server_srv(void);

// Reads create's arguments, strings for `text`, which returns NULL or what is wrong with one; an integer is "ds-max=INTEGER".
// Returns 0, or an error, with a message that names the argument.
int net_server_read_options(struct factory_args *args, char const *(*text)(void *options, char const *text), void *options);

// Answers create: hands out the capability to a port. A port that lives no longer then is taken back with `destroy`.
l4_msgtag_t net_server_hand_out(struct net_device *n, l4_utcb_t *u, void (*destroy)(struct net_device *n));

// Serves `svr` for ever. create: answers create(type, ...) with anything but factories, and charges the share for it; limit: of
// ports and of factories, together. Returns if it cannot, with a message.
void net_server_run(l4_msgtag_t (*create)(long type, struct share *share, struct factory_args *args), unsigned limit);
