// SPDX-License-Identifier: MIT
// The memory functions that compilers call, for the kernel, boot and (userland/lib/mem) programs.
// No FP registers: in the kernel and in a VMM those are somebody else's. They see normal memory
// only, where alignment does not matter. The last bytes are done by accesses that overlap others.

#include "memcpy.S"

// As memcpy for ranges that overlap in any way.
    .globl  memmove
    .type   memmove, %function
memmove:
    sub     x3, x0, x1
    cmp     x3, x2
    b.hs    memcpy                  // destination below the source, or no overlap
    add     x4, x1, x2
    add     x5, x0, x2
    cmp     x2, #16
    b.lo    copy_up_to_15
    ldp     x10, x11, [x1]          // the first 16 bytes, stored at the end
    subs    x2, x2, #16
    b.eq    2f
1:  ldp     x6, x7, [x4, #-16]!     // downwards
    stp     x6, x7, [x5, #-16]!
    subs    x2, x2, #16
    b.hi    1b
2:  stp     x10, x11, [x0]
    ret
    .size   memmove, . - memmove

// x0 = destination, w1 = byte, x2 = size in bytes; returns x0
    .globl  memset
    .type   memset, %function
memset:
    and     x4, x1, #0xff
    orr     x4, x4, x4, lsl #8
    orr     x4, x4, x4, lsl #16
    orr     x4, x4, x4, lsl #32
    add     x5, x0, x2              // end
    cmp     x2, #16
    b.lo    3f
    stp     x4, x4, [x5, #-16]
    mov     x3, x0
    subs    x2, x2, #64
    b.ls    2f
1:  stp     x4, x4, [x3]
    stp     x4, x4, [x3, #16]
    stp     x4, x4, [x3, #32]
    stp     x4, x4, [x3, #48]
    add     x3, x3, #64
    subs    x2, x2, #64
    b.hi    1b
2:  adds    x2, x2, #48             // what is left without the last 16
    b.le    7f
4:  stp     x4, x4, [x3], #16
    subs    x2, x2, #16
    b.gt    4b
    ret
3:  tbz     x2, #3, 5f
    str     x4, [x0]
    str     x4, [x5, #-8]
    ret
5:  tbz     x2, #2, 6f
    str     w4, [x0]
    str     w4, [x5, #-4]
    ret
6:  cbz     x2, 7f
    strb    w4, [x0]
    tbz     x2, #1, 7f
    strh    w4, [x5, #-2]
7:  ret
    .size   memset, . - memset

// x0, x1 = addresses, x2 = size in bytes; returns <0, 0 or >0 in w0
    .globl  memcmp
    .type   memcmp, %function
memcmp:
    subs    x2, x2, #8
    b.lo    3f
1:  ldr     x3, [x0], #8
    ldr     x4, [x1], #8
    cmp     x3, x4
    b.ne    2f
    subs    x2, x2, #8
    b.hs    1b
    b       3f
2:  rev     x3, x3                  // the first byte in memory decides
    rev     x4, x4
    cmp     x3, x4
    cset    w0, hi
    csinv   w0, w0, wzr, hs
    ret
3:  adds    x2, x2, #8
    b.eq    5f
4:  ldrb    w3, [x0], #1
    ldrb    w4, [x1], #1
    subs    w3, w3, w4
    b.ne    6f
    subs    x2, x2, #1
    b.ne    4b
5:  mov     w0, #0
    ret
6:  mov     w0, w3
    ret
    .size   memcmp, . - memcmp

    .section .note.GNU-stack, "", %progbits
