// SPDX-License-Identifier: MIT
// First instructions of the kernel on each CPU.
#include <arch/cpu_reset.h>
#include "offsets.h"

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

// Further CPUs: entered with the MMU off at the physical address of this code; x0 = physical address
// of a struct secondary.
    .balign 4096
    .globl  secondary_start
secondary_start:
    msr     daifset, #15
    msr     spsel, #1
    mov     x19, x0
    mrs     x1, CurrentEL
    cmp     x1, #(3 << 2)
    b.ne    2f
    // From a spin table without firmware below it
    ldr     x0, [x19, #SECONDARY_TIMER_HZ]
    msr     cntfrq_el0, x0
    ldp     x0, x1, [x19, #SECONDARY_GICD_GICC]
    cbz     x1, 1f
    bl      cpu_open_gicv2
1:  mov     x0, #SCR_EL3_SMD
    bl      cpu_leave_el3
2:  bl      cpu_init_el2
    ldp     x2, x3, [x19, #SECONDARY_TTBR0_TCR]
    ldp     x4, x5, [x19, #SECONDARY_MAIR_SCTLR]
    ldp     x6, x7, [x19, #SECONDARY_ENTRY_CPU]
    ldr     x8, [x19, #SECONDARY_STACK]
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
