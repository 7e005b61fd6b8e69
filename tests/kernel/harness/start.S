// SPDX-License-Identifier: MIT
    .section .text.start, "ax"
    .globl  _start
_start:
    adrp    x9, stack_top
    add     x9, x9, :lo12:stack_top
    mov     sp, x9
    mov     x29, xzr
    mov     x30, xzr
    bl      main
1:  b       1b

    .globl  thread_entry
thread_entry:                   // sp -> { function, argument }
    ldp     x1, x0, [sp]
    blr     x1
1:  b       1b

    .bss
    .balign 16
    .space  32768
stack_top:
