// SPDX-License-Identifier: MIT
// Places of a region map's clients at which an exception is no end. Pure logic, also used on the host.
#pragma once

#include <l4/srv/msg.h>
#include <stdint.h>

struct rescue_jump {
    uint64_t begin, end; // of program counters, end exclusive
    uint64_t target;     // where it goes on
};

struct rescue_table {
    struct rescue_jump *jump;
    unsigned count, capacity;
};

// 0, -L4_EINVAL (nothing in the range), -L4_ENOMEM (full).
int rescue_add(struct rescue_table *t, struct rescue_jump j);

// Removes the newest that covers pc. 0 or -L4_ENOENT.
int rescue_remove(struct rescue_table *t, uint64_t pc);

// The newest that covers pc, or NULL.
struct rescue_jump const *rescue_find(struct rescue_table const *t, uint64_t pc);

// An exception message in the UTCB: if a jump covers the program counter, *reply lets the thread go on at its target, with all
// its other registers. False: none does.
bool rescue_reply(struct rescue_table const *t, l4_utcb_t *u, l4_msgtag_t *reply);

// Requests of the region map's protocol (l4re-protocols 4), read behind the opcode.
l4_msgtag_t rescue_serve_add(struct rescue_table *t, struct msg_in *in);
l4_msgtag_t rescue_serve_remove(struct rescue_table *t, struct msg_in *in);
