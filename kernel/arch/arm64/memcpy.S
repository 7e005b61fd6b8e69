// SPDX-License-Identifier: MIT
// A part of string.S. lib/mem has it under another name as well, which is why it needs no stack: at each of its instructions
// x30 says where to go on.

// x0 = destination, x1 = source, x2 = size in bytes; returns x0. Copies upwards and reads what it
// is about to overwrite first, so that a destination below its source may overlap it.
    .text
    .globl  memcpy
    .type   memcpy, %function
memcpy:
    add     x4, x1, x2              // ends
    add     x5, x0, x2
    cmp     x2, #16
    b.lo    copy_up_to_15
    cmp     x2, #32
    b.hi    1f
    ldp     x6, x7, [x1]
    ldp     x8, x9, [x4, #-16]
    stp     x6, x7, [x0]
    stp     x8, x9, [x5, #-16]
    ret
1:  ldp     x10, x11, [x4, #-32]    // the last 32 bytes, stored at the end
    ldp     x12, x13, [x4, #-16]
    mov     x3, x0
    subs    x2, x2, #96
    b.ls    3f
2:  ldp     x6, x7, [x1]
    ldp     x8, x9, [x1, #16]
    stp     x6, x7, [x3]
    stp     x8, x9, [x3, #16]
    ldp     x6, x7, [x1, #32]
    ldp     x8, x9, [x1, #48]
    stp     x6, x7, [x3, #32]
    stp     x8, x9, [x3, #48]
    add     x1, x1, #64
    add     x3, x3, #64
    subs    x2, x2, #64
    b.hi    2b
3:  adds    x2, x2, #64             // what is left without the last 32, at most 64
    b.le    5f
4:  ldp     x6, x7, [x1], #16
    ldp     x8, x9, [x1], #16
    stp     x6, x7, [x3], #16
    stp     x8, x9, [x3], #16
    subs    x2, x2, #32
    b.gt    4b
5:  stp     x10, x11, [x5, #-32]
    stp     x12, x13, [x5, #-16]
    ret

copy_up_to_15:                      // reads all before it writes
    tbz     x2, #3, 1f
    ldr     x6, [x1]
    ldr     x7, [x4, #-8]
    str     x6, [x0]
    str     x7, [x5, #-8]
    ret
1:  tbz     x2, #2, 2f
    ldr     w6, [x1]
    ldr     w7, [x4, #-4]
    str     w6, [x0]
    str     w7, [x5, #-4]
    ret
2:  cbz     x2, 4f
    ldrb    w6, [x1]
    tbz     x2, #1, 3f
    ldrh    w7, [x4, #-2]
    strb    w6, [x0]
    strh    w7, [x5, #-2]
    ret
3:  strb    w6, [x0]
4:  ret
    .size   memcpy, . - memcpy
