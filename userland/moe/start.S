// SPDX-License-Identifier: MIT
// First instructions of the root task. Boot has placed the program; there is no stack
// yet; x2 and x3 are random, or 0 (kernel-abi 10).
#include <l4/elf/relocate_self.h>

    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    relocate_self
    adrp x0, moe_stack_end
    add x0, x0, :lo12:moe_stack_end
    mov sp, x0
    adrp x0, moe_tls                // picolibc keeps errno behind TPIDR_EL0
    add x0, x0, :lo12:moe_tls
    msr tpidr_el0, x0
    mov x19, x2
    mov x20, x3
    mov x29, xzr
    mov x30, xzr
    bl stack_with_guard
    mov sp, x0
    mov x0, x19
    mov x1, x20
    bl moe_main
1:  b 1b
    .size _start, . - _start

    .section .bss.stack, "aw", @nobits
    .balign 4096
    .globl moe_stack, moe_stack_end
moe_stack:
    .space 32768
moe_stack_end:
moe_tls:
    .space 512

    .section .note.GNU-stack, "", @progbits
