// SPDX-License-Identifier: MIT
// First instructions of sigma0. Boot has placed the program; x0 = physical address
// of the kernel info page (kernel-abi 10), x2 random or 0, no stack yet.
#include <l4/elf/relocate_self.h>

    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    relocate_self
    adrp x1, sigma0_stack_end
    add x1, x1, :lo12:sigma0_stack_end
    mov sp, x1
    adrp x1, sigma0_tls             // picolibc keeps errno behind TPIDR_EL0
    add x1, x1, :lo12:sigma0_tls
    msr tpidr_el0, x1
    mov x1, x2
    mov x29, xzr
    mov x30, xzr
    bl sigma0_main
1:  b 1b
    .size _start, . - _start

    .section .bss.stack, "aw", @nobits
    .balign 16
sigma0_stack:
    .space 16384
sigma0_stack_end:
sigma0_tls:
    .space 256

    .section .note.GNU-stack, "", @progbits
