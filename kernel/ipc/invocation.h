// SPDX-License-Identifier: MIT
// The words of a message to a kernel object, and those of its result. These are the only ways to the caller's message
// registers from kernel/object.
#pragma once
#include "object/thread.h"

// Takes the copy of the first words, as many as the message has or some more, as the invocation begins. The compiler cannot
// go back to the UTCB behind the barriers.
static inline void invocation_copy_words(struct invocation *in, l4_utcb_t const *u, unsigned words)
{
    enum { FEW = 4 }; // enough for most
    for (unsigned i = 0; i < FEW; i++)
        in->w[i] = u->msg.mr[i];
    asm volatile("" : : "r"(in) : "memory");
    if (L4_LIKELY(words <= FEW))
        return;
    for (unsigned i = FEW; i < IN_WORDS; i++)
        in->w[i] = u->msg.mr[i];
    asm volatile("" : : "r"(in) : "memory");
}

// Does the caller wait for the result?
static inline bool in_awaits_result(struct invocation const *in)
{
    return in->caller->regs.r[2] & L4_SYSF_RECV;
}

// A word behind the first IN_WORDS, or one of a list: it may be another one at each call.
static inline uint64_t in_word(struct invocation const *in, unsigned i)
{
    return READ_ONCE(in->caller->utcb->msg.mr[i]);
}

// A text or a list, from word `i` on, of which nothing is checked.
static inline uint64_t const *in_words(struct invocation const *in, unsigned i)
{
    return &in->caller->utcb->msg.mr[i];
}

static inline void out_word(struct invocation *in, unsigned i, uint64_t value)
{
    in->caller->utcb->msg.mr[i] = value;
}

// Room for results from word `i` on.
static inline uint64_t *out_words(struct invocation *in, unsigned i)
{
    return &in->caller->utcb->msg.mr[i];
}
