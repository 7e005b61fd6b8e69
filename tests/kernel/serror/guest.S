// SPDX-License-Identifier: MIT
    .macro  magic last              // (tests/kernel/fake_serror.c)
    movz    x28, #\last
    movk    x28, #0x5e55, lsl #16
    movk    x28, #0xe5e5, lsl #32
    movk    x28, #0x5e55, lsl #48
    .endm
    .macro  pending                 // an error is pending
    magic   0xe5e5
    .endm
    .macro  at_once                 // the next HVC or undefined instruction is one
    magic   0xa1a1
    .endm

    .text
// uint64_t call_with_error(uint64_t tag, uint64_t dest): a system call that leaves an error behind; returns the tag.
    .globl  call_with_error
call_with_error:
    str     x28, [sp, #-16]!
    mov     x2, x1
    mov     x1, #0
    mov     x3, #0
    pending
    svc     #0
    ldr     x28, [sp], #16
    ret

// void loop_with_error(unsigned volatile *stage): sets it to 1, and runs with an error pending until it is another number.
    .globl  loop_with_error
loop_with_error:
    str     x28, [sp, #-16]!
    pending
    mov     w1, #1
    str     w1, [x0]
1:  ldr     w1, [x0]
    cmp     w1, #1
    b.eq    1b
    ldr     x28, [sp], #16
    ret

// void error_at_once(void)
    .globl  error_at_once, error_at_once_behind
error_at_once:
    str     x28, [sp, #-16]!
    at_once
    .inst   0
error_at_once_behind:
    ldr     x28, [sp], #16
    ret

// User mode of plain vCPUs
    .globl  serror_user, serror_user_loop, serror_user_at_once
serror_user:
    pending
    svc     #5
    svc     #6
serror_user_loop:
    pending
1:  add     x5, x5, #1
    b       1b
serror_user_at_once:
    at_once
    .inst   0
    svc     #7

    .balign 4096
    .globl  serror_guest, serror_guest_plain, serror_guest_loop, serror_guest_at_once, serror_guest_open, serror_guest_vectors
serror_guest:
    pending
    hvc     #5
    hvc     #6
serror_guest_plain:
    hvc     #7
    b       serror_guest_plain
serror_guest_loop:
    pending
1:  add     x5, x5, #1
    b       1b
serror_guest_at_once:
    at_once
    hvc     #0
    hvc     #11
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
