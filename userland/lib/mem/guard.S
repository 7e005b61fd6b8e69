// SPDX-License-Identifier: MIT
// Access to memory that somebody else may take away (l4/mem/guard.h). None of these functions uses the stack or moves the
// return address: from whatever instruction an exception comes, guard_lost returns to the caller.
    .text
    .globl  guard_begin
guard_begin:

#define memcpy guard_copy
#include "../../../kernel/arch/arm64/memcpy.S"

// A load returns what it found, a store its address: neither is negative. They change no register but x0, and what the header
// says.
    .globl  guard_load16
    .type   guard_load16, %function
guard_load16:
    ldrh    w0, [x0]
    ret
    .size   guard_load16, . - guard_load16

    .globl  guard_load16_acquire
    .type   guard_load16_acquire, %function
guard_load16_acquire:
    ldarh   w0, [x0]
    ret
    .size   guard_load16_acquire, . - guard_load16_acquire

    .globl  guard_load_pair
    .type   guard_load_pair, %function
guard_load_pair:
    ldp     x0, x1, [x0]
    ret
    .size   guard_load_pair, . - guard_load_pair

    .globl  guard_load32
    .type   guard_load32, %function
guard_load32:
    ldr     w0, [x0]
    ret
    .size   guard_load32, . - guard_load32

    .globl  guard_store16
    .type   guard_store16, %function
guard_store16:
    strh    w1, [x0]
    ret
    .size   guard_store16, . - guard_store16

    .globl  guard_store16_release
    .type   guard_store16_release, %function
guard_store16_release:
    stlrh   w1, [x0]
    ret
    .size   guard_store16_release, . - guard_store16_release

    .globl  guard_store32
    .type   guard_store32, %function
guard_store32:
    str     w1, [x0]
    ret
    .size   guard_store32, . - guard_store32

    .globl  guard_store64
    .type   guard_store64, %function
guard_store64:
    str     x1, [x0]
    ret
    .size   guard_store64, . - guard_store64

    .globl  guard_and32
    .type   guard_and32, %function
guard_and32:
    ldaxr   w2, [x0]
    and     w2, w2, w1
    stlxr   w3, w2, [x0]
    cbnz    w3, guard_and32
    ret
    .size   guard_and32, . - guard_and32

    .globl  guard_end
guard_end:

    .globl  guard_lost
    .type   guard_lost, %function
guard_lost:
    mov     x0, #-1
    ret
    .size   guard_lost, . - guard_lost

    .section .note.GNU-stack, "", %progbits
