// SPDX-License-Identifier: MIT
// Command line of cons.
#pragma once

#include "client.h"

#define OPTIONS_FRONTENDS_MAX 4
#define OPTIONS_ERROR_MAX 160

struct mux_options {
    char const *name;
    char const *frontend;    // name of the vcon capability
    char const *autoconnect; // client, NULL for none
};

struct options {
    bool show_all;
    struct client_options defaults; // for new clients
    struct mux_options mux[MUX_MAX];
    unsigned mux_count;             // at least 1 after options_parse
    char error[OPTIONS_ERROR_MAX];  // what is wrong, naming the option
};

// Reads the arguments (argv[0] is skipped). False with `error` set if one is not understood.
bool options_parse(struct options *o, int argc, char **argv);
