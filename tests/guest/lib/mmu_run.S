// SPDX-License-Identifier: MIT
// Runs a function with MMU and caches on. Before and after, the caches hold nothing of the image: what is written with
// them off, by this CPU and others, and what is written with them on is the same memory.

    .text
    // void mmu_switch(struct regime const *r, void (*f)(void))
    .globl  mmu_switch
mmu_switch:
    stp     x29, x30, [sp, #-48]!
    stp     x19, x20, [sp, #16]
    str     x21, [sp, #32]
    mov     x20, x1
    ldp     x1, x2, [x0]
    ldr     x3, [x0, #16]
    msr     ttbr0_el1, x1
    msr     tcr_el1, x2
    msr     mair_el1, x3
    bl      clean_image
    mrs     x19, sctlr_el1
    mov     x21, #0x1005        // I, C, M
    orr     x21, x19, x21
    msr     sctlr_el1, x21
    isb
    blr     x20
    msr     sctlr_el1, x19      // no access to memory from here until it is clean
    isb
    bl      clean_image
    ldr     x21, [sp, #32]
    ldp     x19, x20, [sp, #16]
    ldp     x29, x30, [sp], #48
    ret

clean_image:
    adrp    x9, _start
    add     x9, x9, :lo12:_start
    adrp    x10, image_end
    add     x10, x10, :lo12:image_end
    mrs     x11, ctr_el0
    ubfx    x11, x11, #16, #4   // log2 of the words of the smallest line
    mov     x12, #4
    lsl     x12, x12, x11
    dsb     sy
1:  dc      civac, x9
    add     x9, x9, x12
    cmp     x9, x10
    b.lo    1b
    dsb     sy
    ic      iallu
    tlbi    vmalle1
    dsb     sy
    isb
    ret

    .section .note.GNU-stack, "", %progbits
