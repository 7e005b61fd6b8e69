// SPDX-License-Identifier: MIT
// Where the machine's randomness comes from, and the generator that all of it goes into.
#pragma once

#include "drbg.h"

enum entropy_source { SOURCE_SEED, SOURCE_CPU, SOURCE_DEVICE, SOURCES };
enum { ENTROPY_BLOCK = 32 }; // bytes that a source gives at a time, or a multiple

struct entropy {
    struct drbg drbg;
    struct entropy_state {
        bool present;          // it is there, and may give something
        bool failed;           // it gave the same twice: nothing of it counts any more
        unsigned bits;         // what it gave, up to DRBG_FULL
        uint8_t last[ENTROPY_BLOCK];
    } source[SOURCES];
};

// There is such a source, which has not given anything yet.
void entropy_announce(struct entropy *e, enum entropy_source s);

// What a source gave: `size` bytes, a multiple of ENTROPY_BLOCK, with `bits` that nobody knows. False: the source has failed,
// now or before; nothing counts.
bool entropy_add(struct entropy *e, enum entropy_source s, uint8_t const *data, size_t size, unsigned bits);

// The source has broken down: it will give nothing any more. What it gave counts.
void entropy_lost(struct entropy *e, enum entropy_source s);

// Is there a source that has given something, or may yet?
bool entropy_possible(struct entropy const *e);

// "the machine's random number device (256 bits), ..." in `text`.
void entropy_describe(struct entropy const *e, char *text, size_t size);
