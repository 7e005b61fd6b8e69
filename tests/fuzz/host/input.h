// SPDX-License-Identifier: MIT
// The bytes that a fuzzer gets, read as a sequence of what a hostile other side would send. Behind the end all is zero.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct input {
    uint8_t const *at, *end;
};

static inline struct input input_of(uint8_t const *data, size_t size)
{
    return (struct input){data, data + size};
}

static inline size_t in_left(struct input const *in)
{
    return (size_t)(in->end - in->at);
}

static inline bool in_more(struct input const *in)
{
    return in->at != in->end;
}

// Copies n bytes.
static inline void in_bytes(struct input *in, void *to, size_t n)
{
    size_t const part = n < in_left(in) ? n : in_left(in);
    if (n)
        memset(to, 0, n);
    if (part)
        memcpy(to, in->at, part);
    in->at += part;
}

static inline uint8_t in_u8(struct input *in)
{
    return in_more(in) ? *in->at++ : 0;
}

static inline uint16_t in_u16(struct input *in)
{
    uint16_t v;
    in_bytes(in, &v, sizeof(v));
    return v;
}

static inline uint32_t in_u32(struct input *in)
{
    uint32_t v;
    in_bytes(in, &v, sizeof(v));
    return v;
}

static inline uint64_t in_u64(struct input *in)
{
    uint64_t v;
    in_bytes(in, &v, sizeof(v));
    return v;
}

// A number below n.
static inline unsigned in_below(struct input *in, unsigned n)
{
    return (n > 256 ? in_u16(in) : in_u8(in)) % n;
}

// A number of 64 bits in few bytes: the first one tells its form, among them those on which arithmetic breaks.
static inline uint64_t in_number(struct input *in)
{
    unsigned const form = in_u8(in);
    uint64_t const small = form >> 3;
    switch (form & 7) {
    case 0: return small;
    case 1: return small << 8 | in_u8(in);
    case 2: return small << 12;
    case 3: return -small;
    case 4: return 1ull << (2 * small + (in_u8(in) & 1));
    case 5: return (1ull << (2 * small)) - 1;
    case 6: return in_u32(in);
    default: return in_u64(in);
    }
}

// Text in `to` (room for size, at least 1), ended by a zero: up to the input's next zero, or to its end. Returns its length.
static inline size_t in_text(struct input *in, char *to, size_t size)
{
    size_t n = 0;
    for (uint8_t c; in_more(in) && (c = in_u8(in)); )
        if (n + 1 < size)
            to[n++] = (char)c;
    to[n] = 0;
    return n;
}
