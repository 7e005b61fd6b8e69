// SPDX-License-Identifier: MIT
// Access to memory of another program, which can take it away at any time: by revoking the dataspace, with its own end, or
// because it never was memory. An exception in one of these functions ends the function, not the program, once
// l4re_guard_init() (l4/re/rescue.h) has told the region map of them. Each is what the plain access would be and returns a
// negative value when the memory is gone. Alignment is that of the type.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// As memcpy. Of what is gone on either side, any part may have been copied: guard_readable tells which side it was.
long guard_copy(void *dst, void const *src, size_t n);

// Two words at a multiple of 8. When they are gone, the first is all ones.
struct guard_pair {
    uint64_t first, second;
};

#ifdef __aarch64__
// Called without what a C function may change: these stand in the paths of each packet.
#define GUARD_LOAD(name, type)                                                                     \
    static inline long name(type const volatile *p)                                                \
    {                                                                                              \
        register long x0 __asm__("x0") = (long)p;                                                  \
        __asm__ volatile("bl " #name : "+r"(x0) : : "x30", "memory");                              \
        return x0;                                                                                 \
    }
#define GUARD_STORE(name, type, value_type)                                                        \
    static inline long name(type *p, value_type v)                                                 \
    {                                                                                              \
        register long x0 __asm__("x0") = (long)p;                                                  \
        register uint64_t x1 __asm__("x1") = v;                                                    \
        __asm__ volatile("bl " #name : "+r"(x0) : "r"(x1) : "x2", "x3", "x30", "memory");          \
        return x0;                                                                                 \
    }

static inline struct guard_pair guard_load_pair(void const *p)
{
    register uint64_t x0 __asm__("x0") = (uint64_t)p;
    register uint64_t x1 __asm__("x1");
    __asm__ volatile("bl guard_load_pair" : "+r"(x0), "=r"(x1) : : "x30", "memory");
    return (struct guard_pair){x0, x1};
}
#else
#define GUARD_LOAD(name, type) long name(type const volatile *p);
#define GUARD_STORE(name, type, value_type) long name(type *p, value_type v);
struct guard_pair guard_load_pair(void const *p);
#endif

// The value, or negative.
GUARD_LOAD(guard_load16, uint16_t)
GUARD_LOAD(guard_load16_acquire, uint16_t)
GUARD_LOAD(guard_load32, uint32_t)

// Negative when nothing was written.
GUARD_STORE(guard_store16, uint16_t volatile, uint16_t)
GUARD_STORE(guard_store16_release, uint16_t volatile, uint16_t)
GUARD_STORE(guard_store32, uint32_t volatile, uint32_t)

// May lie at any address; two halves for who reads it meanwhile.
GUARD_STORE(guard_store64, void, uint64_t)

// Clears the bits of the value that are not in the second one, atomically.
GUARD_STORE(guard_and32, uint32_t volatile, uint32_t)

// Is every byte of [p, p + n) there to be read? Reads all of it.
bool guard_readable(void const *p, size_t n);

// Addresses of the functions above but the last, and where an exception in them continues.
extern char const guard_begin[], guard_end[], guard_lost[];
