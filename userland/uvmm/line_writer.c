// SPDX-License-Identifier: MIT
#include "line_writer.h"

#include <string.h>

static void show_lines(struct line_writer *w)
{
    unsigned size = w->waiting;
    w->waiting = 0;
    if (size)
        line_writer_write(w, w->lines, size);
}

static void hand_over(struct line_writer *w, char const *text, unsigned size, uint64_t now)
{
    char const *newline = w->waiting && size ? memchr(text, '\n', size) : NULL;
    if (newline) { // somewhere in the middle, perhaps: the guest may never write a piece that ends with one
        unsigned n = (unsigned)(newline - text) + 1;
        line_writer_write(w, text, n);
        w->open = false;
        show_lines(w);
        text += n;
        size -= n;
    }
    if (!size)
        return;
    w->guest_wrote = now;
    line_writer_write(w, text, size);
    w->open = text[size - 1] != '\n';
}

void line_writer_send(struct line_writer *w, uint64_t now)
{
    unsigned size = w->num_chars;
    if (!size)
        return;
    w->num_chars = 0;
    hand_over(w, w->chars, size, now);
}

void line_writer_guest(struct line_writer *w, char const *text, unsigned size, uint64_t now)
{
    line_writer_send(w, now);
    hand_over(w, text, size, now);
}

// Ends the guest's line, if one is open, with what it consists of by now.
static void break_line(struct line_writer *w, uint64_t now)
{
    if (!w->open)
        return;
    line_writer_send(w, now);
    if (w->open)
        line_writer_write(w, "\n", 1);
    w->open = false;
}

void line_writer_lines(struct line_writer *w, char const *text, unsigned size, bool waits, uint64_t now)
{
    if (w->open && waits && size <= LINE_WAITING - w->waiting) {
        if (!w->waiting)
            w->came = w->guest_wrote = now;
        memcpy(w->lines + w->waiting, text, size);
        w->waiting += size;
        return;
    }
    if (!waits) // the last words of a guest come before those about it
        line_writer_send(w, now);
    break_line(w, now);
    show_lines(w);
    line_writer_write(w, text, size);
}

void line_writer_flush(struct line_writer *w, uint64_t now)
{
    line_writer_send(w, now);
    if (w->waiting)
        break_line(w, now);
    show_lines(w);
}

static uint64_t lines_due(struct line_writer const *w)
{
    uint64_t quiet = w->guest_wrote + LINE_QUIET_US, last = w->came + LINE_WAIT_US;
    if (!w->waiting)
        return LINE_NEVER;
    return quiet < last ? quiet : last;
}

uint64_t line_writer_deadline(struct line_writer const *w)
{
    uint64_t chars = w->num_chars ? w->chars_due : LINE_NEVER, lines = lines_due(w);
    return chars < lines ? chars : lines;
}

void line_writer_expire(struct line_writer *w, uint64_t now)
{
    if (w->num_chars && now >= w->chars_due)
        line_writer_send(w, now);
    if (now >= lines_due(w)) {
        break_line(w, now);
        show_lines(w);
    }
}
