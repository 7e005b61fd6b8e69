// SPDX-License-Identifier: MIT
// void clear_memory(void *start, size_t bytes): zero normal memory; start and bytes are multiples
// of 4096. DC ZVA clears a whole cache line or more per instruction (Arm ARM, DC ZVA, DCZID_EL0).
    .text
    .globl clear_memory
    .type clear_memory, @function
clear_memory:
    mrs x2, dczid_el0
    add x1, x0, x1
    tbnz w2, #4, 3f                 // DZP: DC ZVA prohibited
    mov x3, #4
    and x2, x2, #15
    lsl x3, x3, x2                  // block size in bytes
    cmp x3, #64
    b.ne 2f
1:  dc zva, x0                      // the usual 64 bytes, eight blocks a round
    add x4, x0, #64
    dc zva, x4
    add x5, x0, #128
    dc zva, x5
    add x4, x0, #192
    dc zva, x4
    add x5, x0, #256
    dc zva, x5
    add x4, x0, #320
    dc zva, x4
    add x5, x0, #384
    dc zva, x5
    add x4, x0, #448
    dc zva, x4
    add x0, x0, #512
    cmp x0, x1
    b.lo 1b
    ret
2:  dc zva, x0
    add x0, x0, x3
    cmp x0, x1
    b.lo 2b
    ret
3:  stp xzr, xzr, [x0], #16
    cmp x0, x1
    b.lo 3b
    ret
    .size clear_memory, . - clear_memory

    .section .note.GNU-stack, "", @progbits
