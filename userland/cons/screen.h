// SPDX-License-Identifier: MIT
// What stands on the terminal: whose line is open, and how the lines of several clients are kept
// apart.
#pragma once

#include "client.h"

// The terminal behind a screen. write() takes everything.
struct screen_port {
    void (*write)(struct screen_port *port, char const *data, size_t n);
    // Has the user typed something that was not delivered yet? May be NULL.
    bool (*input_pending)(struct screen_port *port);
    bool adds_cr; // the terminal side puts a CR before each LF by itself
};

struct screen {
    struct screen_port *port;
    struct client const *owner; // who wrote the open line, NULL: the console itself
    bool open;                  // the cursor is behind text
    bool cr;                    // a CR of the owner is held back until the next character is known
    unsigned escape;            // in an escape sequence of tagged output: 1 ESC seen, 2 ESC [
    char seq[32];
    unsigned seq_len;
    char buf[480];
    size_t used;
};

void screen_init(struct screen *s, struct screen_port *port);

// The console's own text, LF becomes CR LF.
void screen_text(struct screen *s, char const *text);
void screen_printf(struct screen *s, char const *format, ...) __attribute__((format(printf, 2, 3)));

// Ends an open line, if there is one.
void screen_newline(struct screen *s);

// Output of the connected client, as it is. With `stamp` not NULL this text stands in front of each
// line; line_begin tells whether the data begins a line of that client.
void screen_raw(struct screen *s, struct client const *c, char const *data, size_t n,
                char const *stamp, bool line_begin);

// Output of a client that is shown but not connected: each line with tag and colour.
void screen_tagged(struct screen *s, struct client const *c, char const *data, size_t n,
                   char const *stamp, bool line_begin);

// Removes the line on which the cursor stands (the prompt).
void screen_erase_line(struct screen *s);

void screen_flush(struct screen *s);
