// SPDX-License-Identifier: MIT
// The way to an attack and back.

    // void attack_enter(uint64_t const registers[31], uint64_t entry, uint64_t spsr, uint64_t sp_el0)
    .text
    .globl  attack_enter
attack_enter:
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    msr     elr_el1, x1
    msr     spsr_el1, x2
    msr     sp_el0, x3
    mov     x30, x0
    ldp     x0, x1, [x30]
    ldp     x2, x3, [x30, #16]
    ldp     x4, x5, [x30, #32]
    ldp     x6, x7, [x30, #48]
    ldp     x8, x9, [x30, #64]
    ldp     x10, x11, [x30, #80]
    ldp     x12, x13, [x30, #96]
    ldp     x14, x15, [x30, #112]
    ldp     x16, x17, [x30, #128]
    ldp     x18, x19, [x30, #144]
    ldp     x20, x21, [x30, #160]
    ldp     x22, x23, [x30, #176]
    ldp     x24, x25, [x30, #192]
    ldp     x26, x27, [x30, #208]
    ldp     x28, x29, [x30, #224]
    ldr     x30, [x30, #240]
    isb
    eret

    // Where the handler of its exception returns to.
    .globl  attack_return
attack_return:
    ldp     x27, x28, [sp, #80]
    ldp     x25, x26, [sp, #64]
    ldp     x23, x24, [sp, #48]
    ldp     x21, x22, [sp, #32]
    ldp     x19, x20, [sp, #16]
    ldp     x29, x30, [sp], #96
    ret

    // What is put behind an instruction that may have changed these.
    .section .rodata
    .balign 8
    .globl  attack_restore
attack_restore:
    msr     vbar_el1, x27
    msr     tpidr_el1, x28
    msr     sctlr_el1, x29
    isb
    brk     #0

    .section .note.GNU-stack, "", %progbits
