// SPDX-License-Identifier: MIT
// A channel to which a guest's console and uvmm both write: a line of uvmm does not cut a line of the guest.
//
// A guest writes its lines in pieces, and what uvmm has to say of it comes at any time, from any thread. So one writer for each
// channel knows whether a line of the guest is open: whether the last character that it handed over was not a newline. A
// line of uvmm waits then, in a buffer here, for the first of these:
// - the guest's newline,
// - LINE_QUIET_US without a character of the guest (a prompt, or a guest that was stopped),
// - LINE_WAIT_US since the first line that waits came: a guest that never ends its line suppresses nothing,
// - a line that the buffer has no room for, or that must not wait, because uvmm is about to end.
// If the guest's line is open even so, uvmm's begins on a line of its own, and so does the rest of the guest's. The
// lines of uvmm keep their order, and none is dropped.
//
// Nobody waits for any of this: each call returns when it has handed over, or kept, what it was given; the caller sees to it
// that line_writer_expire() is called at line_writer_deadline().
//
// Characters of a UART, which come one at a time, are collected for LINE_COLLECT_US. What has not been handed over cannot be
// cut: a line of uvmm goes before it.
//
// Pure logic, under the lock of the caller. Times are microseconds of one clock.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LINE_COLLECT_US 1000u
#define LINE_QUIET_US 100000u
#define LINE_WAIT_US 1000000u
#define LINE_NEVER (~0ull)

enum { LINE_CHARS = 240, LINE_WAITING = 2048 }; // a long line of the guest; a few of uvmm

struct line_writer {
    bool open;
    unsigned num_chars;
    uint64_t chars_due;       // when the first of chars has waited for others long enough
    unsigned waiting;         // bytes of lines
    uint64_t came;            // when the first of lines did
    uint64_t guest_wrote;     // since then
    char chars[LINE_CHARS];   // single characters of the guest
    char lines[LINE_WAITING]; // of uvmm
};

// Hands over to the channel; channel.c.
void line_writer_write(struct line_writer *w, char const *text, unsigned size);

// A character of the guest. True: line_writer_send() is to be called now. When it is the first, the caller sets chars_due.
static inline bool line_writer_put(struct line_writer *w, char c)
{
    w->chars[w->num_chars++] = c;
    return c == '\n' || w->num_chars == LINE_CHARS;
}

// Hands the single characters over. `now` matters while something waits.
void line_writer_send(struct line_writer *w, uint64_t now);

// Text of the guest, behind its single characters.
void line_writer_guest(struct line_writer *w, char const *text, unsigned size, uint64_t now);

// Whole lines of uvmm. waits: they may.
void line_writer_lines(struct line_writer *w, char const *text, unsigned size, bool waits, uint64_t now);

// Hands over all that is here, whatever the time.
void line_writer_flush(struct line_writer *w, uint64_t now);

// When line_writer_expire() has something to do; LINE_NEVER: not before the next call of another function.
uint64_t line_writer_deadline(struct line_writer const *w);
void line_writer_expire(struct line_writer *w, uint64_t now);
