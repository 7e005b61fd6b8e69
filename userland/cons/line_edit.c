// SPDX-License-Identifier: MIT
#include "line_edit.h"

#include <string.h>

void line_clear(struct line_edit *l)
{
    l->len = 0;
    l->text[0] = 0;
}

bool line_append(struct line_edit *l, char const *text)
{
    size_t n = strlen(text);
    if (n > LINE_MAX_LEN - l->len)
        return false;
    memcpy(l->text + l->len, text, n + 1);
    l->len += n;
    return true;
}

static bool in_escape(struct line_edit *l, char c)
{
    if ((unsigned char)c < ' ' && c != '\033') {
        l->escape = 0; // no part of a sequence: the Escape key itself was pressed before
        return false;
    }
    if (l->escape == 1) {
        l->escape = c == '[' || c == 'O' ? 2 : 0;
        return true;
    }
    if (l->escape == 2) {
        if (c >= '@' && c <= '~')
            l->escape = 0;
        return true;
    }
    if (c == '\033') {
        l->escape = 1;
        return true;
    }
    return false;
}

enum line_action line_feed(struct line_edit *l, char c)
{
    if (in_escape(l, c))
        return LINE_IGNORED;
    switch (c) {
    case '\r':
        return LINE_ENTERED;
    case '\t':
        return LINE_COMPLETE;
    case 0x0c:
        return LINE_CLEAR_SCREEN;
    case 0x03:
    case 0x15:
        line_clear(l);
        return LINE_KILLED;
    case 0x08:
    case 0x7f:
        if (!l->len)
            return LINE_IGNORED;
        l->text[--l->len] = 0;
        return LINE_RUBOUT;
    default:
        if ((unsigned char)c < ' ')
            return LINE_IGNORED;
        if (l->len == LINE_MAX_LEN)
            return LINE_FULL;
        l->text[l->len++] = c;
        l->text[l->len] = 0;
        return LINE_ADDED;
    }
}
