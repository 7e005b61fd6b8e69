// SPDX-License-Identifier: MIT
// A generator of random bytes with ChaCha20 as its function. Its state is one key, which each use replaces: who learns the
// state learns nothing of what was handed out before. It hands out nothing before it has been given enough entropy, all of
// which counts at once: nobody can try out a state that knows little.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chacha20.h"

enum { DRBG_ENOUGH = 128, DRBG_FULL = 256 }; // bits of entropy

struct drbg {
    uint32_t key[CHACHA20_KEY_WORDS];
    unsigned bits;   // of entropy that it has been given, up to DRBG_FULL
    uint64_t read;   // bytes since something was added
};

// Mixes in what a source gave; `bits`: how much of that nobody can know. The source must not know the state.
void drbg_add(struct drbg *d, void const *data, size_t size, unsigned bits);

static inline bool drbg_ready(struct drbg const *d)
{
    return d->bits >= DRBG_ENOUGH;
}

// False, and nothing is written: it is not ready.
bool drbg_read(struct drbg *d, void *to, size_t size);
