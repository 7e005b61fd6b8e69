// SPDX-License-Identifier: MIT
// The bytes of a file of the payload: in the image, or unpacked to memory of its own.
#pragma once

#include "boot.h"

struct contents {
    void *data;
    uint64_t size;
    struct range taken; // end 0: nothing
};

static inline void *address_pointer(uint64_t address)
{
    return (void *)(uintptr_t)address;
}

// Where the file's bytes lie in the image.
uint64_t contents_address(struct boot const *b, struct payload_record const *r);

// Puts the file, unpacked, at the start of `to` and clears the rest of it.
void contents_unpack(struct boot *b, struct payload_record const *r, struct range to);

// The unpacked file, to be read only and then dropped.
struct contents contents_open(struct boot *b, struct payload_record const *r);
void contents_drop(struct boot *b, struct contents const *c);

// Stops: the file named by the record `wrong`, a verb phrase.
_Noreturn void contents_refuse(struct boot *b, struct payload_record const *r, char const *wrong);
