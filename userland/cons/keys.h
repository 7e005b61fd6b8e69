// SPDX-License-Identifier: MIT
// The Ctrl-E keys: turns the stream of typed characters into events.
#pragma once

#include <stdbool.h>

#define KEY_CTRL_E 0x05

enum key_kind {
    KEY_NONE,       // nothing to do yet
    KEY_PREFIX,     // Ctrl-E seen while connected: echo it
    KEY_CHAR,       // ch for the connected client or the prompt
    KEY_DISCONNECT,
    KEY_BREAK,
    KEY_HIDE_OTHERS,
    KEY_SHOW_ALL,
    KEY_SHORTCUT,   // ch may be a client's key
};

struct key_event {
    enum key_kind kind;
    char ch;
};

struct keys {
    bool prefix; // the last character was Ctrl-E
};

struct key_event keys_feed(struct keys *k, char c, bool connected);
