// SPDX-License-Identifier: MIT
// The line that is typed at the prompt.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LINE_MAX_LEN 255

enum line_action {
    LINE_IGNORED,
    LINE_ADDED,   // the character was appended: echo it
    LINE_RUBOUT,  // the last character was removed
    LINE_KILLED,  // the whole line was removed (Ctrl-U, Ctrl-C)
    LINE_ENTERED, // complete; line_clear when done with it
    LINE_COMPLETE,
    LINE_CLEAR_SCREEN,
    LINE_FULL,
};

struct line_edit {
    char text[LINE_MAX_LEN + 1]; // zero-terminated
    size_t len;
    unsigned escape; // in the escape sequence of a cursor key: 1 ESC seen, 2 ESC [ or ESC O
};

enum line_action line_feed(struct line_edit *l, char c);
bool line_append(struct line_edit *l, char const *text);
void line_clear(struct line_edit *l);
