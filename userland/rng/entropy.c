// SPDX-License-Identifier: MIT
#include "entropy.h"

#include <stdio.h>
#include <string.h>

static char const *const names[SOURCES] = {
    [SOURCE_SEED] = "the seed of the machine's start",
    [SOURCE_CPU] = "the CPU's RNDRRS",
    [SOURCE_DEVICE] = "the machine's virtio device",
};

void entropy_announce(struct entropy *e, enum entropy_source s)
{
    e->source[s].present = true;
}

void entropy_lost(struct entropy *e, enum entropy_source s)
{
    e->source[s].present = false;
}

// A source that repeats itself is broken: it happens by chance once in 2^256 times.
static bool repeats(struct entropy_state *s, uint8_t const *data, size_t size)
{
    for (size_t at = 0; at < size; at += ENTROPY_BLOCK) {
        if (!memcmp(s->last, data + at, ENTROPY_BLOCK)) // zeros at first, which are no randomness either
            return true;
        memcpy(s->last, data + at, ENTROPY_BLOCK);
    }
    return false;
}

bool entropy_add(struct entropy *e, enum entropy_source s, uint8_t const *data, size_t size, unsigned bits)
{
    struct entropy_state *const state = &e->source[s];
    if (state->failed || repeats(state, data, size)) {
        state->failed = true;
        state->present = false;
        return false;
    }
    drbg_add(&e->drbg, data, size, bits);
    unsigned const room = DRBG_FULL - state->bits;
    state->bits += bits < room ? bits : room;
    return true;
}

bool entropy_possible(struct entropy const *e)
{
    bool possible = drbg_ready(&e->drbg);
    for (unsigned i = 0; i < SOURCES; i++)
        possible |= e->source[i].present;
    return possible;
}

void entropy_describe(struct entropy const *e, char *text, size_t size)
{
    size_t n = 0;
    snprintf(text, size, "nothing");
    for (unsigned i = 0; i < SOURCES; i++)
        if (e->source[i].bits && n < size)
            n += (size_t)snprintf(text + n, size - n, "%s%s (%u bits)", n ? ", " : "", names[i], e->source[i].bits);
}
