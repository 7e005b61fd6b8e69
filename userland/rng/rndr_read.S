// SPDX-License-Identifier: MIT
#define RNDRRS s3_3_c2_c4_1

    .text
    .globl  rndr_read, rndr_try, rndr_tried, rndr_none
    .type   rndr_read, %function
rndr_read:
rndr_try:
    mrs     x1, RNDRRS      // Z: it has none
rndr_tried:
    cset    w2, ne
    str     x1, [x0]
    mov     w0, w2
    ret
rndr_none:
    mov     w0, #-1
    ret
    .size   rndr_read, . - rndr_read

    .section .note.GNU-stack, "", %progbits
