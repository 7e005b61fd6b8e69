// SPDX-License-Identifier: MIT
// The switch's command line.
#pragma once

#include <stdbool.h>

enum { COMMAND_LINE_DS = 16 };

struct command_line {
    unsigned ports;      // there may be so many, beside the monitor
    unsigned queue_size;
    bool own_macs;       // ports without mac= get an address
    bool quiet;          // errors only
    char const *ds[COMMAND_LINE_DS]; // capabilities of dataspaces, as named
    unsigned ds_count;
};

// False, with a message: something is wrong with it.
bool command_line_read(struct command_line *c, int argc, char **argv);
