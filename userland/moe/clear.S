// SPDX-License-Identifier: MIT
// void clear_memory(void *start, size_t bytes): zero normal memory and write it back to the point of coherency: whoever gets it
// may look at it with its caches off. start and bytes are multiples of 4096. DC ZVA clears a block of DCZID_EL0's size without
// reading it, DC CVAC writes back a line of CTR_EL0's size. (Arm ARM, DC ZVA, DC CVAC, D7.5)
    .text
    .globl clear_memory
    .type clear_memory, @function
clear_memory:
    mrs x2, dczid_el0
    mrs x6, ctr_el0
    add x1, x0, x1
    mov x4, #4
    and x3, x2, #15
    lsl x3, x4, x3                  // bytes that DC ZVA clears
    ubfx x6, x6, #16, #4
    lsl x6, x4, x6                  // bytes of the smallest data cache line
    tbnz w2, #4, 2f                 // DZP: DC ZVA prohibited
    cmp x3, #64
    b.ne 2f
    cmp x6, #64
    b.ne 2f
    .macro clear_line, address
    dc zva, \address
    dc cvac, \address
    .endm
1:  clear_line x0                   // the usual 64 bytes of both, eight lines a round
    add x4, x0, #64
    clear_line x4
    add x5, x0, #128
    clear_line x5
    add x4, x0, #192
    clear_line x4
    add x5, x0, #256
    clear_line x5
    add x4, x0, #320
    clear_line x4
    add x5, x0, #384
    clear_line x5
    add x4, x0, #448
    clear_line x4
    add x0, x0, #512
    cmp x0, x1
    b.lo 1b
    dsb sy
    ret

2:  add x5, x0, #4096               // other sizes: page by page, first zeroed, then written back
    mov x4, x0
    tbnz w2, #4, 4f
3:  dc zva, x0
    add x0, x0, x3
    cmp x0, x5
    b.lo 3b
    b 5f
4:  stp xzr, xzr, [x0], #16
    cmp x0, x5
    b.lo 4b
5:  dc cvac, x4
    add x4, x4, x6
    cmp x4, x5
    b.lo 5b
    cmp x0, x1
    b.lo 2b
    dsb sy
    ret
    .size clear_memory, . - clear_memory

    .section .note.GNU-stack, "", @progbits
