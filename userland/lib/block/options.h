// SPDX-License-Identifier: MIT
// What a client may be told of: strings of create() and options of the command line.
#pragma once

#include <stdbool.h>

enum { CLIENT_DS_MAX_DEFAULT = 2, CLIENT_DS_MAX_LIMIT = 80, CLIENT_DEVICE_MAX = 127 };

struct client_options {
    char device[CLIENT_DEVICE_MAX + 1]; // "": not said
    unsigned ds_max;
    bool read_only;
};

void client_options_init(struct client_options *o);

// One string of create(): device=NAME, ds-max=N, read-only (or readonly). Returns NULL, or what is wrong with it.
char const *client_options_text(struct client_options *o, char const *text);

char const *client_options_device(struct client_options *o, char const *name);
char const *client_options_ds_max(struct client_options *o, char const *number);
