// SPDX-License-Identifier: MIT
// Code that runs in threads, user mode of vCPUs, and guests.
    .text
// User-mode code of plain vCPUs
    .globl  user_svc, user_load, user_loop, user_fp, user_jump
user_svc:
    add     x5, x5, #1
    svc     #9
    b       user_svc
user_load:
    ldr     x6, [x7]
    svc     #10
    b       .
user_jump:
    br      x7
user_loop:
    add     x5, x5, #1
    b       user_loop
user_fp:
    add     x5, x5, #1
    cbz     x6, 1f
    fmov    d0, x5
1:  b       user_fp

// Guest code: copied into one page of a VM
    .section .rodata
    .balign 16
    .globl  guest_code, guest_code_end, guest_hvc, guest_store, guest_wfi, guest_smc
    .globl  guest_regs, guest_loop, guest_thief, guest_disr, guest_id
    .globl  guest_priorities_v3, guest_priorities_v2, guest_timer_waits, guest_waits
    .globl  guest_poll_irq, guest_ack_v3, guest_ack_v2, guest_own_regs, guest_timer
guest_code:
guest_hvc:
    add     x0, x0, #1
    hvc     #5
    b       guest_hvc
guest_store:
    str     w3, [x4]
    hvc     #1
guest_wfi:
    wfi
    hvc     #2
guest_smc:
    smc     #3
    hvc     #3
guest_regs:                         // leaves marks in the EL1 registers
    msr     tpidr_el1, x0
    msr     vbar_el1, x1
    msr     ttbr0_el1, x2
    msr     ttbr1_el1, x3
    msr     mair_el1, x4
    msr     elr_el1, x5
    msr     sp_el0, x6
    mov     sp, x7
    msr     contextidr_el1, x8
    msr     tpidr_el0, x9
    hvc     #4
    mrs     x0, tpidr_el1
    mrs     x1, vbar_el1
    mrs     x2, ttbr0_el1
    mrs     x3, ttbr1_el1
    mrs     x4, mair_el1
    mrs     x5, elr_el1
    mrs     x6, sp_el0
    mov     x7, sp
    mrs     x8, contextidr_el1
    mrs     x9, tpidr_el0
    hvc     #5
guest_id:                           // two ID registers, of which one has an empty place; and one into nowhere
    mrs     x1, id_aa64isar0_el1
    mrs     x2, s3_0_c0_c7_7
    mrs     xzr, id_aa64isar0_el1
    hvc     #12
guest_disr:                         // x0 = mark for DISR_EL1, where there is one; x1 = what was there
    mrs     x2, id_aa64pfr0_el1
    tst     x2, #0xf0000000         // RAS
    b.eq    1f
    mrs     x1, s3_0_c12_c1_1
    msr     s3_0_c12_c1_1, x0
1:  hvc     #11
guest_loop:
    add     x0, x0, #1
    b       guest_loop
guest_own_regs:                     // x0 = mark: its registers must stay its own
    msr     tpidr_el1, x0
    msr     elr_el1, x0
    mov     sp, x0
    fmov    d7, x0
1:  add     x10, x10, #1
    mrs     x1, tpidr_el1
    mrs     x2, elr_el1
    mov     x3, sp
    fmov    x4, d7
    cmp     x1, x0
    ccmp    x2, x0, #0, eq
    ccmp    x3, x0, #0, eq
    ccmp    x4, x0, #0, eq
    b.eq    1b
    hvc     #6
guest_timer:                        // the virtual timer fires at once
    mrs     x1, cntvct_el0
    msr     cntv_cval_el0, x1
    mov     x1, #1
    msr     cntv_ctl_el0, x1
    isb
guest_poll_irq:
    add     x10, x10, #1
    mrs     x1, isr_el1
    tbz     x1, #7, guest_poll_irq
    hvc     #7
guest_ack_v3:
    mrs     x2, s3_0_c12_c12_0      // ICC_IAR1_EL1
    msr     cntv_ctl_el0, xzr
    isb
    msr     s3_0_c12_c12_1, x2      // ICC_EOIR1_EL1
    isb
    mrs     x3, isr_el1
    hvc     #8
guest_ack_v2:                       // x4 = GICV
    ldr     w2, [x4, #0xc]          // IAR
    msr     cntv_ctl_el0, xzr
    isb
    str     w2, [x4, #0x10]         // EOIR
    dsb     sy
    isb
    mrs     x3, isr_el1
    hvc     #8
    b       .
guest_timer_waits:                  // x5 = ticks; the virtual timer has expired all the while
    mrs     x1, cntvct_el0
    msr     cntv_cval_el0, x1
    mov     x2, #1
    msr     cntv_ctl_el0, x2
guest_waits:                        // x5 = ticks
    isb
    mrs     x1, cntvct_el0
    add     x1, x1, x5
1:  mrs     x2, cntvct_el0
    cmp     x2, x1
    b.lo    1b
    mrs     x3, isr_el1
    hvc     #10
guest_priorities_v3:                // x5 = active priorities
    msr     s3_0_c12_c9_0, x5       // ICC_AP1R0_EL1
    isb
    hvc     #9
guest_priorities_v2:                // x4 = GICV
    str     w5, [x4, #0xd0]         // APR0
    dsb     sy
    hvc     #9
guest_thief:                        // x4 = GICV, x8 = nothing there; at EL1 or EL0
    ldr     w5, [x4, #4]            // PMR
    str     w6, [x4, #4]
    ldr     w2, [x4, #0xc]          // IAR
    str     w2, [x4, #0x10]         // EOIR
    str     w3, [x8]
guest_code_end:

    .text
    .globl  thread_probe            // what a thread finds at its first instruction
thread_probe:
    stp     x0, x1, [sp, #-64]!
    stp     x2, x3, [sp, #16]
    mrs     x4, tpidr_el0
    mrs     x5, fpcr
    fmov    x6, d9
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    mov     x0, sp
    b       thread_probe_c
