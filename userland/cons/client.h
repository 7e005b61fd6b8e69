// SPDX-License-Identifier: MIT
// One client of the console: its name and options, what it wrote, what was typed for it, and how
// far each multiplexer has shown it.
#pragma once

#include "inbuf.h"
#include "outbuf.h"

#include <l4/sys/abi/objects.h>

#define CLIENT_TAG_MAX 32   // characters kept of a tag
#define CLIENT_TAG_SHOWN 8  // characters shown in front of a line
#define CLIENT_COLOUR_DEFAULT 7
#define CLIENT_BUFSZ_MIN 512
#define CLIENT_BUFSZ_DEFAULT (1024u * 1024u)
#define CLIENT_LINE_MS_DEFAULT 50
#define MUX_MAX 8

struct client_options {
    char tag[CLIENT_TAG_MAX + 1];
    uint8_t colour;     // 0..15, 8 and up bright, 0 no colour
    char key;           // shortcut behind Ctrl-E, 0 none
    bool show, hide;    // asked for explicitly
    bool keep;          // stays after its last capability has gone
    bool timestamp;
    unsigned line_ms;   // how long an unfinished line is held back, 0 = not at all
    uint64_t bufsz;     // bytes of output kept
};

struct client_view {
    bool shown;         // output appears, with the tag in front, while not connected
    uint64_t pos;       // everything before this position has been shown
};

struct client {
    struct client *next;
    struct client_options opt;
    void const *owner;  // what it was made from: ended clients are limited for each
    unsigned index;     // 0 for the first of its tag, else the n of "tag:n"
    bool dead;
    uint32_t i_flags, o_flags, l_flags;
    struct outbuf out;
    struct inbuf in;
    uint64_t last_write; // time in us
    struct client_view view[MUX_MAX];
    void (*input_ready)(struct client *c); // raises the client's input interrupt
};

// Reads a colour text as moe does: the first letter, n r g y b m c w, upper case bright.
uint8_t client_colour(char const *text);

// Applies one option of create() ("keep", "key=x", "bufsz=N" ...). False if the text is none that
// is known.
bool client_option(struct client_options *o, char const *text);

// Sets the tag; an empty one becomes <noname>.
void client_set_tag(struct client_options *o, char const *tag);

bool client_init(struct client *c, struct client_options const *o, struct outbuf_mem *mem);
void client_free(struct client *c);

// Keeps what the client writes, line ends translated by its output flags. `now` in us.
void client_write(struct client *c, char const *data, size_t n, uint64_t now);

// Gives the client one typed character, translated by its input flags. Returns what is to be
// echoed, 0 for nothing; raises the input interrupt if the client had read everything before.
char client_input(struct client *c, char ch);
void client_break(struct client *c);

// Does "tag" or "tag:n" name this client?
bool client_is_named(struct client const *c, char const *name);

// Writes "tag" or "tag:n" to buf.
void client_name(struct client const *c, char *buf, size_t size);
