// SPDX-License-Identifier: MIT
// Form of the log: each client's lines carry its tag and colour (lua-api, "Log output format").
// Pure logic.
#pragma once

#include <stddef.h>

enum { LOG_TAG_MAX = 32, LOG_TAG_SHOWN = 8 };

// One source of lines.
struct log_client {
    char tag[LOG_TAG_MAX + 1]; // "" = lines without tag (moe's own messages)
    unsigned color;            // 0..15, bit 3 = bright
    int continues;             // its open line was interrupted by another client
};

// The console that they share.
struct log_console {
    struct log_client *open; // whose line is not finished, NULL = at the beginning of a line
    void (*emit)(void *ctx, char const *text, size_t len); // called with pieces in order
    void *ctx;
};

// Print text up to its first NUL or len bytes.
void log_write(struct log_console *con, struct log_client *client, char const *text, size_t len);

// The client goes away: finishes its open line.
void log_client_gone(struct log_console *con, struct log_client *client);

// Colour for a name: by first letter, n r g y b m c w, upper case = bright; unknown or empty = 0.
unsigned log_color(char const *name);

// Store a tag, cut to LOG_TAG_MAX bytes.
void log_client_init(struct log_client *client, char const *tag, unsigned color);
