// SPDX-License-Identifier: MIT
// Moe's stack, with a page below it that holds nothing.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STACK_AT (((uint64_t)1 << 40) - (1 << 21)) // user addresses have 40 bits, UTCBs are at their end (kernel-abi 10)

// Called by start.S on the stack as boot has placed it. The address behind its end, above STACK_AT, or where it is if the
// kernel has no memory for that.
uint64_t stack_with_guard(void);

// Whether the caller runs on such a stack.
static inline bool stack_is_guarded(void)
{
    return (uint64_t)__builtin_frame_address(0) >= STACK_AT;
}
