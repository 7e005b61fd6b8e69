// SPDX-License-Identifier: MIT
// Header of an arm64 Image, entry of all CPUs (EL1, MMU off), vectors, the way to EL0 and back.
#include "frame.h"

    .section .text.start, "ax"
    .globl _start
_start:
    b       boot_entry
    .long   0
    .quad   0x80000             // text_offset: both uvmm and QEMU load there, counted from the start of RAM
    .quad   image_end - _start
    .quad   0xa                 // little endian, 4 KiB pages, anywhere in RAM
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

    .text
boot_entry:
    mov     x20, x0             // device tree
    adr     x1, _start
    adrp    x2, rela_start
    add     x2, x2, :lo12:rela_start
    adrp    x3, rela_end
    add     x3, x3, :lo12:rela_end
1:  cmp     x2, x3
    b.hs    2f
    ldp     x4, x5, [x2], #16
    ldr     x6, [x2], #8
    cmp     x5, #1027           // R_AARCH64_RELATIVE, the only kind in a static program
    b.ne    1b
    add     x6, x6, x1
    str     x6, [x1, x4]
    b       1b
2:  adrp    x2, bss_start
    add     x2, x2, :lo12:bss_start
    adrp    x3, bss_end
    add     x3, x3, :lo12:bss_end
3:  cmp     x2, x3
    b.hs    4f
    stp     xzr, xzr, [x2], #16
    b       3b
4:  adrp    x0, cpus
    add     x0, x0, :lo12:cpus
    bl      enter
    mov     x0, x20
    bl      guest_start
    b       .

    // Entry of the other CPUs; x0: their struct cpu.
    .globl  secondary_entry
secondary_entry:
    bl      enter
    bl      cpu_main
    b       .

    // x0: struct cpu, whose first word is the end of its stack.
    .globl  enter
enter:
    ldr     x1, [x0]
    cbnz    x1, 1f
    adrp    x1, boot_stack_end  // the first CPU comes before anyone could fill in a word
    add     x1, x1, :lo12:boot_stack_end
1:  mov     sp, x1
    msr     tpidr_el1, x0
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el1, x1
    ldr     x1, =0x30d00800     // RES1 bits: MMU, caches and alignment checks off
    msr     sctlr_el1, x1
    isb
    ret

    // int el0_run(uint64_t entry, uint64_t spsr, uint64_t stack, uint64_t argument)
    .globl  el0_run
el0_run:
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    msr     elr_el1, x0
    msr     spsr_el1, x1
    msr     sp_el0, x2
    mov     x13, x2             // AArch32's stack pointer
    mov     x0, x3
    isb
    eret

    // A synchronous exception at EL0 continues here (exception.c).
    .globl  el0_return
el0_return:
    ldp     x27, x28, [sp, #80]
    ldp     x25, x26, [sp, #64]
    ldp     x23, x24, [sp, #48]
    ldp     x21, x22, [sp, #32]
    ldp     x19, x20, [sp, #16]
    ldp     x29, x30, [sp], #96
    ret

    .macro  vector number
    .balign 128
    sub     sp, sp, #FRAME_SIZE
    stp     x0, x1, [sp]
    mov     x1, #\number
    b       taken
    .endm

    .balign 2048
vectors:
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vector  \n
    .endr

    .balign 128
taken:
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    mrs     x4, esr_el1
    mrs     x5, far_el1
    mrs     x6, sp_el0
    mrs     x7, daif
    str     x30, [sp, #240]
    stp     x2, x3, [sp, #FRAME_ELR]
    stp     x4, x5, [sp, #FRAME_ESR]
    stp     x6, x7, [sp, #FRAME_SP]
    str     x1, [sp, #FRAME_VECTOR]
    mov     x0, sp
    bl      exception_taken
    ldp     x2, x3, [sp, #FRAME_ELR]
    ldr     x6, [sp, #FRAME_SP]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    msr     sp_el0, x6
    ldr     x30, [sp, #240]
    ldp     x28, x29, [sp, #224]
    ldp     x26, x27, [sp, #208]
    ldp     x24, x25, [sp, #192]
    ldp     x22, x23, [sp, #176]
    ldp     x20, x21, [sp, #160]
    ldp     x18, x19, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp]
    add     sp, sp, #FRAME_SIZE
    eret

    .bss
    .balign 16
    .space  8192
boot_stack_end:

    .section .note.GNU-stack, "", %progbits
