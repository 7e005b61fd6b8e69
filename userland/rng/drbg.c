// SPDX-License-Identifier: MIT
#include "drbg.h"

#include <string.h>

enum { KEY_BYTES = 4 * CHACHA20_KEY_WORDS };

// Of nonces: the same key never makes the same block for two purposes.
enum purpose { NONCE_KEY = 1, NONCE_STREAM = 2 };

static void forget(void *p, size_t size)
{
    memset(p, 0, size);
    __asm__ volatile("" : : "r"(p) : "memory");
}

static void block(struct drbg const *d, enum purpose purpose, uint32_t n, uint8_t to[CHACHA20_BLOCK])
{
    uint32_t const nonce[CHACHA20_NONCE_WORDS] = { purpose };
    chacha20_block(d->key, n, nonce, to);
}

// The next key: a function of this one that does not lead back, and of up to KEY_BYTES bytes of data. How many there are counts
// too: zeros behind them are others.
static void absorb(struct drbg *d, uint8_t const *data, size_t size)
{
    uint8_t next[CHACHA20_BLOCK];
    block(d, NONCE_KEY, (uint32_t)size, next);
    for (size_t i = 0; i < size; i++)
        next[i] ^= data[i];
    memcpy(d->key, next, KEY_BYTES);
    forget(next, sizeof(next));
}

void drbg_add(struct drbg *d, void const *data, size_t size, unsigned bits)
{
    uint8_t const *p = data;
    for (size_t left = size, n; left; p += n, left -= n) {
        n = left < KEY_BYTES ? left : KEY_BYTES;
        absorb(d, p, n);
    }
    absorb(d, NULL, 0); // no bit of the data stands in the key as it was
    unsigned const room = DRBG_FULL - d->bits;
    d->bits += bits < room ? bits : room;
    d->read = 0;
}

bool drbg_read(struct drbg *d, void *to, size_t size)
{
    uint8_t first[CHACHA20_BLOCK], more[CHACHA20_BLOCK], *p = to;
    if (!drbg_ready(d))
        return false;
    d->read += size;
    block(d, NONCE_STREAM, 0, first); // the next key, and the first bytes
    size_t n = size < sizeof(first) - KEY_BYTES ? size : sizeof(first) - KEY_BYTES;
    memcpy(p, first + KEY_BYTES, n);
    for (uint32_t i = 1; n < size; i++) {
        size_t const part = size - n < sizeof(more) ? size - n : sizeof(more);
        block(d, NONCE_STREAM, i, more);
        memcpy(p + n, more, part);
        n += part;
    }
    memcpy(d->key, first, KEY_BYTES);
    forget(first, sizeof(first));
    forget(more, sizeof(more));
    return true;
}
