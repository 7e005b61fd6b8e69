// SPDX-License-Identifier: MIT
// Entry of the benchmark guest (EL1, MMU off) and its vectors: only IRQs are expected.
    .section .text.start, "ax"
    .globl _start
_start:
    adrp    x1, stack_top
    add     x1, x1, :lo12:stack_top
    mov     sp, x1
    adr     x1, vectors
    msr     vbar_el1, x1
    isb
    bl      guest_main
1:  wfi
    b       1b

    // The second CPU.
    .globl second_start
second_start:
    adrp    x1, second_stack_top
    add     x1, x1, :lo12:second_stack_top
    mov     sp, x1
    adr     x1, vectors
    msr     vbar_el1, x1
    isb
    b       second_main

    // The time of arrival is taken before anything else.
irq:
    stp     x0, x1, [sp, #-192]!
    isb
    mrs     x0, cntvct_el0
    adrp    x1, irq_arrival
    str     x0, [x1, :lo12:irq_arrival]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x29, [sp, #144]
    str     x30, [sp, #160]
    bl      irq_handle
    ldr     x30, [sp, #160]
    ldp     x18, x29, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp], #192
    eret

    .balign 2048
vectors:
    .macro vector target
    b       \target
    .balign 128
    .endm
    .rept 5
    vector  unexpected
    .endr
    vector  irq             // current EL, SPx
    .rept 10
    vector  unexpected
    .endr

unexpected:
    mrs     x0, esr_el1
    mrs     x1, elr_el1
    bl      guest_fault
    b       .

    .bss
    .balign 16
    .space  16384
stack_top:
    .space  4096
second_stack_top:

    .section .note.GNU-stack, "", %progbits
