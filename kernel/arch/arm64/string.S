// SPDX-License-Identifier: MIT
// The memory functions that compilers call. No FP registers: those are a user's. They see normal
// memory only, alignment does not matter.

// x0 = destination, w1 = byte, x2 = size in bytes; returns x0
    .text
    .globl  memset
    .type   memset, %function
memset:
    mov     x3, x0
    and     x4, x1, #0xff
    orr     x4, x4, x4, lsl #8
    orr     x4, x4, x4, lsl #16
    orr     x4, x4, x4, lsl #32
1:  subs    x2, x2, #32
    b.lo    2f
    stp     x4, x4, [x3], #16
    stp     x4, x4, [x3], #16
    b       1b
2:  add     x2, x2, #32
    cbz     x2, 4f
3:  strb    w4, [x3], #1
    subs    x2, x2, #1
    b.ne    3b
4:  ret
    .size   memset, . - memset

// x0 = destination, x1 = source, x2 = size in bytes; returns x0. Upwards.
    .globl  memcpy
    .type   memcpy, %function
memcpy:
    mov     x3, x0
1:  subs    x2, x2, #32
    b.lo    2f
    ldp     x4, x5, [x1], #16
    ldp     x6, x7, [x1], #16
    stp     x4, x5, [x3], #16
    stp     x6, x7, [x3], #16
    b       1b
2:  add     x2, x2, #32
    cbz     x2, 4f
3:  ldrb    w4, [x1], #1
    strb    w4, [x3], #1
    subs    x2, x2, #1
    b.ne    3b
4:  ret
    .size   memcpy, . - memcpy

// As memcpy for ranges that overlap.
    .globl  memmove
    .type   memmove, %function
memmove:
    sub     x3, x0, x1
    cmp     x3, x2
    b.hs    memcpy                  // destination below the source, or no overlap
    cbz     x3, 6f
5:  cbz     x2, 6f
    sub     x2, x2, #1
    ldrb    w4, [x1, x2]
    strb    w4, [x0, x2]
    b       5b
6:  ret
    .size   memmove, . - memmove
