// SPDX-License-Identifier: MIT
// Kernel entry and exit. While user code or a guest runs, SP_EL2 points to the register frame of the current thread
// (or to the frame in its vCPU area), so that an entry stores registers without a scratch register.
// TPIDR_EL2 = struct cpu.
#include "offsets.h"
#include <l4/sys/abi/proto.h>

    .macro slot target
    .balign 128
    b       \target
    .endm

    // The same behind a barrier against branch targets that user mode has trained (hardening.c). The frame gets x0 to x3
    // once more later.
    .macro clear_history target
    .balign 128
    hint    #22                     // CLRBHB
    isb
    b       \target
    .endm

    .macro harden target
    .balign 128
    stp     x0, x1, [sp, #FRAME_X0]
    stp     x2, x3, [sp, #FRAME_X0 + 16]
    mrs     x1, tpidr_el2
    ldr     w0, [x1, #CPU_HARDEN_CALL]
    cbz     w0, 1f
    smc     #0                      // changes x0 to x3 at most (SMCCC 1.1)
    mrs     x1, tpidr_el2
1:  ldr     w0, [x1, #CPU_HARDEN_LOOPS]
    cbz     w0, 3f
2:  b       . + 4                   // a taken branch takes a place in the history
    subs    w0, w0, #1
    b.ne    2b
3:  dsb     nsh
    isb
    ldp     x0, x1, [sp, #FRAME_X0]
    ldp     x2, x3, [sp, #FRAME_X0 + 16]
    b       \target
    .endm

    .macro table name, from_user
    .balign 2048
    .globl  \name
\name:
    slot    kernel_fault_sp0        // current EL, SP_EL0
    slot    kernel_fault_sp0
    slot    kernel_fault_sp0
    slot    kernel_fault_sp0
    slot    kernel_fault            // current EL, SP_EL2
    slot    kernel_fault
    slot    kernel_fault
    slot    kernel_serror
    \from_user enter_sync           // lower EL, AArch64
    \from_user enter_irq
    \from_user enter_irq
    \from_user enter_serror
    \from_user enter_sync           // lower EL, AArch32
    \from_user enter_irq
    \from_user enter_irq
    \from_user enter_serror
    .endm

    .section .text.vectors, "ax"
    table   vectors, slot
    table   vectors_clear_history, clear_history
    table   vectors_harden, harden

    // Saves the user's registers; then x0 = cpu, SP = kernel stack.
    .macro save_frame
    stp     x0, x1, [sp, #FRAME_X0]
    stp     x2, x3, [sp, #FRAME_X0 + 16]
    stp     x4, x5, [sp, #FRAME_X0 + 32]
    stp     x6, x7, [sp, #FRAME_X0 + 48]
    stp     x8, x9, [sp, #FRAME_X0 + 64]
    stp     x10, x11, [sp, #FRAME_X0 + 80]
    stp     x12, x13, [sp, #FRAME_X0 + 96]
    stp     x14, x15, [sp, #FRAME_X0 + 112]
    stp     x16, x17, [sp, #FRAME_X0 + 128]
    stp     x18, x19, [sp, #FRAME_X0 + 144]
    stp     x20, x21, [sp, #FRAME_X0 + 160]
    stp     x22, x23, [sp, #FRAME_X0 + 176]
    stp     x24, x25, [sp, #FRAME_X0 + 192]
    stp     x26, x27, [sp, #FRAME_X0 + 208]
    stp     x28, x29, [sp, #FRAME_X0 + 224]
    mrs     x2, sp_el0
    mrs     x3, elr_el2
    mrs     x4, spsr_el2
    str     x30, [sp, #FRAME_X30]
    stp     x2, x3, [sp, #FRAME_SP]
    str     x4, [sp, #FRAME_PSTATE]
    mrs     x0, tpidr_el2
    ldr     x1, [x0, #CPU_STACK]
    mov     sp, x1
    .endm

    .text
    .balign 64
enter_sync:
    save_frame
    mrs     x1, esr_el2
    adr     x30, kernel_leave
    lsr     x2, x1, #L4_ESR_EC_SHIFT
    cmp     x2, #SYNDROME_SVC64
    b.ne    exception_sync
    b       exception_syscall

    .balign 64
enter_irq:
    save_frame
    adr     x30, kernel_leave
    b       exception_irq

enter_serror:
    save_frame
    mrs     x1, esr_el2
    bl      exception_serror
    // fall through

// The C handler has left cpu->current and cpu->frame as they are to run. PSTATE comes from the thread object,
// never from the frame, which a VMM can write; the local lock is given up here, as by lock_release().
    .globl  kernel_leave
kernel_leave:
    mrs     x0, tpidr_el2
#ifdef DEBUG
    bl      kernel_leave_check
    mrs     x0, tpidr_el2
#endif
    ldp     x2, x1, [x0, #CPU_CURRENT]      // and the frame
    ldr     x4, [x2, #THREAD_PSTATE]
    ldp     x2, x3, [x1, #FRAME_SP]
    stlrb   wzr, [x0]                       // the lock
    mov     sp, x1
    msr     sp_el0, x2
    msr     elr_el2, x3
    msr     spsr_el2, x4
    ldr     x30, [sp, #FRAME_X30]
    ldp     x28, x29, [sp, #FRAME_X0 + 224]
    ldp     x26, x27, [sp, #FRAME_X0 + 208]
    ldp     x24, x25, [sp, #FRAME_X0 + 192]
    ldp     x22, x23, [sp, #FRAME_X0 + 176]
    ldp     x20, x21, [sp, #FRAME_X0 + 160]
    ldp     x18, x19, [sp, #FRAME_X0 + 144]
    ldp     x16, x17, [sp, #FRAME_X0 + 128]
    ldp     x14, x15, [sp, #FRAME_X0 + 112]
    ldp     x12, x13, [sp, #FRAME_X0 + 96]
    ldp     x10, x11, [sp, #FRAME_X0 + 80]
    ldp     x8, x9, [sp, #FRAME_X0 + 64]
    ldp     x6, x7, [sp, #FRAME_X0 + 48]
    ldp     x4, x5, [sp, #FRAME_X0 + 32]
    ldp     x2, x3, [sp, #FRAME_X0 + 16]
    ldp     x0, x1, [sp, #FRAME_X0]
    eret
    dsb     nsh                     // never executed: speculation must not go on behind an ERET
    isb

// A SError that the kernel has opened a window for (serror.c), else there is none: PSTATE.A is set. Closes the window.
kernel_serror:
    stp     x0, x1, [sp, #-16]!
    mrs     x0, esr_el2
    mrs     x1, tpidr_el2
    str     x0, [x1, #CPU_SERROR]
    mrs     x0, spsr_el2
    orr     x0, x0, #SPSR_MASK_A
    msr     spsr_el2, x0
    ldp     x0, x1, [sp], #16
    eret
    dsb     nsh
    isb

// An exception in the kernel itself: report on the CPU's own stack top and stop.
kernel_fault_sp0:
kernel_fault:
    mrs     x9, tpidr_el2
    mov     x10, sp
    ldr     x11, [x9, #CPU_STACK]
    mov     sp, x11
    mov     x0, x9
    mrs     x1, esr_el2
    mrs     x2, elr_el2
    mrs     x3, far_el2
    mov     x4, x10
    mov     x5, x30
    bl      kernel_panic_fault
1:  wfe
    b       1b
