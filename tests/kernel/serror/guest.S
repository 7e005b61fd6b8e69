// SPDX-License-Identifier: MIT
    .macro  magic                   // an error is pending (tests/kernel/fake_serror.c)
    movz    x28, #0xe5e5
    movk    x28, #0x5e55, lsl #16
    movk    x28, #0xe5e5, lsl #32
    movk    x28, #0x5e55, lsl #48
    .endm

    .text
// uint64_t call_with_error(uint64_t tag, uint64_t dest): a system call that leaves an error behind; returns the tag.
    .globl  call_with_error
call_with_error:
    str     x28, [sp, #-16]!
    mov     x2, x1
    mov     x1, #0
    mov     x3, #0
    magic
    svc     #0
    ldr     x28, [sp], #16
    ret

    .balign 4096
    .globl  serror_guest, serror_guest_plain, serror_guest_open, serror_guest_vectors
serror_guest:
    magic
    hvc     #5
    hvc     #6
serror_guest_plain:
    hvc     #7
    b       serror_guest_plain
serror_guest_open:
    hvc     #8
    msr     daifclr, #4
    nop
    hvc     #9
    b       .
    .balign 2048
serror_guest_vectors:
    .space  0x380
    hvc     #10                     // current EL, SP_EL1: SError
    b       .
    .balign 4096
