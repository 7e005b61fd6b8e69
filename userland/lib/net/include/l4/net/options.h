// SPDX-License-Identifier: MIT
// Options that each port has: what a script writes into create(0, ...).
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PORT_DS_MAX_LIMIT = 80, PORT_DS_MAX_DEFAULT = 4, PORT_NAME_MAX = 19 };

struct port_options {
    unsigned ds_max;
    char name[PORT_NAME_MAX + 1];  // empty: not given
    bool has_mac;
    uint8_t mac[6];
};

void port_options_init(struct port_options *o);

// What port_options_text returns for an option that it does not know.
extern char const port_options_unknown[];

// "ds-max=N", "name=TEXT" or "mac=xx:xx:xx:xx:xx:xx". Returns NULL, or what is wrong.
char const *port_options_text(struct port_options *o, char const *text);

// A bare integer is ds-max. Returns NULL, or what is wrong.
char const *port_options_ds_max(struct port_options *o, long n);
