// SPDX-License-Identifier: MIT
// First instructions of a thread: the struct l4re_thread lies on top of its stack.
    .section .text.thread_entry, "ax", %progbits
    .global thread_entry
    .type thread_entry, %function
thread_entry:
    ldr     x0, [sp], #16
    mov     x29, xzr
    mov     x30, xzr
    bl      thread_main
    .size thread_entry, . - thread_entry
    .section .note.GNU-stack, "", %progbits
