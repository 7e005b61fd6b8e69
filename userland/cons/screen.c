// SPDX-License-Identifier: MIT
#include "screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void screen_init(struct screen *s, struct screen_port *port)
{
    memset(s, 0, sizeof *s);
    s->port = port;
}

void screen_flush(struct screen *s)
{
    if (s->used)
        s->port->write(s->port, s->buf, s->used);
    s->used = 0;
}

static void emit(struct screen *s, char c)
{
    if (c == '\n' && s->port->adds_cr && s->used && s->buf[s->used - 1] == '\r')
        s->used--;
    if (s->used == sizeof s->buf) {
        // A CR stays behind, so that the test above sees it together with its LF.
        char last = s->buf[s->used - 1];
        if (last == '\r')
            s->used--;
        screen_flush(s);
        if (last == '\r')
            s->buf[s->used++] = last;
    }
    s->buf[s->used++] = c;
}

static void emit_string(struct screen *s, char const *text)
{
    while (*text)
        emit(s, *text++);
}

void screen_newline(struct screen *s)
{
    if (s->open)
        emit_string(s, "\r\n");
    s->open = false;
    s->cr = false;
    s->escape = 0;
    s->owner = NULL;
}

void screen_text(struct screen *s, char const *text)
{
    s->owner = NULL;
    for (; *text; text++) {
        if (*text == '\n')
            emit(s, '\r');
        emit(s, *text);
        s->open = *text != '\n';
    }
}

void screen_printf(struct screen *s, char const *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    screen_text(s, text);
}

void screen_erase_line(struct screen *s)
{
    emit_string(s, "\r\033[K");
    s->open = false;
    s->owner = NULL;
}

void screen_raw(struct screen *s, struct client const *c, char const *data, size_t n,
                char const *stamp, bool line_begin)
{
    if (s->owner != c)
        screen_newline(s);
    s->owner = c;
    for (size_t i = 0; i < n; i++) {
        if (line_begin && stamp)
            emit_string(s, stamp);
        emit(s, data[i]);
        line_begin = data[i] == '\n';
        s->open = !line_begin;
    }
}

static void put_colour(struct screen *s, struct client const *c)
{
    char text[12];
    if (!c->opt.colour)
        return;
    snprintf(text, sizeof text, c->opt.colour & 8 ? "\033[01;3%dm" : "\033[3%dm",
             c->opt.colour & 7);
    emit_string(s, text);
}

static void put_prefix(struct screen *s, struct client const *c, char const *stamp, bool line_begin)
{
    char text[CLIENT_TAG_SHOWN + 3];
    put_colour(s, c);
    snprintf(text, sizeof text, "%-*.*s%c ", CLIENT_TAG_SHOWN, CLIENT_TAG_SHOWN, c->opt.tag,
             line_begin ? '|' : ':');
    emit_string(s, text);
    if (stamp && line_begin)
        emit_string(s, stamp);
    s->open = true;
}

// A client that is only shown must not move the cursor or ask the terminal questions: of its escape
// sequences those that set colours pass. Returns true if the character belonged to a sequence.
static bool filter_escape(struct screen *s, char ch)
{
    if (!s->escape) {
        if (ch != '\033')
            return false;
        s->escape = 1;
        s->seq_len = 0;
    } else if (s->escape == 1)
        s->escape = ch == '[' ? 2 : 0;
    else if (ch >= '@' && ch <= '~') {
        s->escape = 0;
        if (ch == 'm' && s->seq_len < sizeof s->seq) {
            for (unsigned i = 0; i < s->seq_len; i++)
                emit(s, s->seq[i]);
            emit(s, ch);
        }
    } else if ((unsigned char)ch < ' ') {
        s->escape = 0; // a broken sequence must not swallow the lines that follow
        return false;
    }
    if (s->seq_len < sizeof s->seq)
        s->seq[s->seq_len++] = ch;
    return true;
}

static void tagged_char(struct screen *s, struct client const *c, char ch, char const *stamp,
                        bool *line_begin)
{
    if (ch == '\n') {
        if (!s->open)
            put_prefix(s, c, stamp, *line_begin);
        emit_string(s, c->opt.colour ? "\033[0m\r\n" : "\r\n");
        s->open = false;
        s->cr = false;
        *line_begin = true;
        return;
    }
    if (ch == '\r') {
        s->cr = true;
        return;
    }
    if (s->cr && s->open) {
        emit(s, '\r'); // the client writes its line anew: so does its tag
        s->open = false;
        *line_begin = true;
    }
    s->cr = false;
    if (!s->open)
        put_prefix(s, c, stamp, *line_begin);
    *line_begin = false;
    if (!filter_escape(s, ch) && (ch == '\t' || (unsigned char)ch >= ' '))
        emit(s, ch);
}

void screen_tagged(struct screen *s, struct client const *c, char const *data, size_t n,
                   char const *stamp, bool line_begin)
{
    if (s->owner != c)
        screen_newline(s);
    else if (s->open)
        put_colour(s, c);
    s->owner = c;
    for (size_t i = 0; i < n; i++)
        tagged_char(s, c, data[i], stamp, &line_begin);
    if (s->open && c->opt.colour)
        emit_string(s, "\033[0m");
}
