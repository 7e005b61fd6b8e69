// SPDX-License-Identifier: MIT
// Moe's command line. Pure logic.
#pragma once

#include <stddef.h>

enum debug_level {
    DBG_INFO = 1, DBG_WARN = 2, DBG_BOOT = 4, DBG_SERVER = 0x10, DBG_EXCEPTIONS = 0x20,
    DBG_CMD_LINE = 0x40, DBG_LOADER = 0x80, DBG_NAME_SPACE = 0x400,
};

enum { OPTIONS_MAX_ARGS = 64 };

struct options {
    char const *init;         // program to start
    unsigned debug;           // moe's own messages, enum debug_level
    unsigned l4re_dbg;        // for the first program's in-task runtime
    unsigned ldr_flags;       // eager_map 1, all_segs_cow 2, pinned_segs 4
    char const *argv[OPTIONS_MAX_ARGS + 1]; // argv[0] = init, then the program's arguments
    unsigned argc;
    void (*warn)(char const *what, char const *text); // "unknown command-line option", the option
};

// Parse and take apart `line` (changed: words become terminated strings and are pointed to).
// o->warn must be set.
void options_parse(struct options *o, char *line);
