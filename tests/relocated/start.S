// SPDX-License-Identifier: MIT
// The loader has made a stack. Nothing is relocated here: that is the loader's work.
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    mov x29, xzr
    mov x30, xzr
    bl runtime_main
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
