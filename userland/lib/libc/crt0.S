// SPDX-License-Identifier: MIT
// Entry of a program: sp points at argc (l4re-protocols 9).
    .section .text.init.enter, "ax", %progbits
    .global _start
    .type _start, %function
_start:
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, sp
    bl      start_main
    .size _start, . - _start
    .section .note.GNU-stack, "", %progbits
