// SPDX-License-Identifier: MIT
#include "keys.h"

struct key_event keys_feed(struct keys *k, char c, bool connected)
{
    if (!k->prefix) {
        if (c != KEY_CTRL_E)
            return (struct key_event){KEY_CHAR, c};
        k->prefix = true;
        return (struct key_event){connected ? KEY_PREFIX : KEY_NONE, 0};
    }
    k->prefix = false;
    if (connected)
        switch (c) {
        case '.': return (struct key_event){KEY_DISCONNECT, 0};
        case 'e': return (struct key_event){KEY_CHAR, KEY_CTRL_E};
        case 'c': return (struct key_event){KEY_CHAR, 0x03};
        case 'z': return (struct key_event){KEY_CHAR, 0x1a};
        case 'q': return (struct key_event){KEY_CHAR, 0x1b};
        case 'l': return (struct key_event){KEY_BREAK, 0};
        default: break;
        }
    switch (c) {
    case 'h': return (struct key_event){KEY_HIDE_OTHERS, 0};
    case 's': return (struct key_event){KEY_SHOW_ALL, 0};
    default: return (struct key_event){KEY_SHORTCUT, c};
    }
}
