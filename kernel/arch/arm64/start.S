// SPDX-License-Identifier: MIT
// First instructions of the kernel on each CPU.
#include <ashlar/boot_info.h>

    .section .text.start, "ax"
    .globl  _start
// Boot CPU: MMU on, x0 = struct boot_info.
_start:
    msr     spsel, #1
    adrp    x1, boot_stack_top
    add     x1, x1, :lo12:boot_stack_top
    mov     sp, x1
    mov     x29, xzr
    mov     x30, xzr
    b       kernel_main

// Secondary CPUs: entered with the MMU off at the physical address of this code; x0 = physical address of
// struct secondary_start { ttbr0, tcr, mair, sctlr, entry (virtual), cpu (virtual), stack (virtual) }.
    .balign 4096
    .globl  secondary_start
secondary_start:
    mrs     x1, CurrentEL
    cmp     x1, #(3 << 2)
    b.ne    1f
    // EL3 (spin table without firmware): go down to EL2h
    mov     x1, #0x5b1              // SCR_EL3: NS, RES1, SMD off, HCE, RW
    msr     scr_el3, x1
    mov     x1, #0x3c9
    msr     spsr_el3, x1
    adr     x1, 1f
    msr     elr_el3, x1
    isb
    eret
1:  msr     daifset, #15
    msr     spsel, #1
    ldp     x2, x3, [x0]
    ldp     x4, x5, [x0, #16]
    ldp     x6, x7, [x0, #32]
    ldr     x8, [x0, #48]
    msr     ttbr0_el2, x2
    msr     tcr_el2, x3
    msr     mair_el2, x4
    tlbi    alle2
    ic      iallu
    dsb     sy
    isb
    msr     sctlr_el2, x5
    isb
    mov     sp, x8
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x7
    br      x6
    .globl  secondary_start_end
secondary_start_end:

    .bss
    .balign 16
    .space  16384
    .globl  boot_stack_top
boot_stack_top:
