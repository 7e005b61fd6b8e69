// SPDX-License-Identifier: MIT
// Work that only EL3 can do, for an image that was entered there: nobody else has opened the GIC
// for the non-secure side (GICv2 4.3.4, GICv3 12.9.9 and 12.11). Runs with the MMU off, passes all
// in registers.

#include <arch/cpu_reset.h>

#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_IGROUPR    0x080
#define GICD_CTLR_ARE   0x30        // for both security states
#define GICR_TYPER      0x008
#define GICR_TYPER_VLPIS 1          // bit: four frames instead of two
#define GICR_TYPER_LAST 4           // bit
#define GICR_WAKER      0x014
#define WAKER_SLEEP     1           // bit ProcessorSleep
#define WAKER_ASLEEP    2           // bit ChildrenAsleep
#define GICR_IGROUPR0   0x10080

    .text
// The only exception at EL3 that is expected is our own SMC: x9 = routine, returns after the SMC.
    .align  11
    .globl  boot_el3_vectors
    .hidden boot_el3_vectors
boot_el3_vectors:
    .rept   8
    .align  7
    b       .
    .endr
    .align  7
    mov     x10, x30
    blr     x9
    mov     x30, x10
    eret
    .rept   7
    .align  7
    b       .
    .endr
    .align  7

    .macro  el3_call, routine
    adrp    x9, \routine
    add     x9, x9, :lo12:\routine
    smc     #0
    ret
    .endm

    .globl  boot_el3_open_gicv2, boot_el3_open_gicv3, boot_el3_set_timer, boot_el3_close
boot_el3_open_gicv2:
    el3_call open_gicv2
boot_el3_open_gicv3:
    el3_call open_gicv3
boot_el3_set_timer:
    el3_call set_timer
boot_el3_close:
    el3_call close

// x3 = first IGROUPR to write, x0 = distributor
open_spis:
    ldr     w4, [x0, #GICD_TYPER]
    and     w4, w4, #0x1f           // ITLinesNumber
    add     x5, x0, #GICD_IGROUPR
    mov     w6, #-1
1:  str     w6, [x5, x3, lsl #2]
    add     x3, x3, #1
    cmp     w3, w4
    b.ls    1b
    ret

open_gicv2:
    mov     x11, x30
    mov     x3, #1
    bl      open_spis
    bl      cpu_open_gicv2
    ret     x11

open_gicv3:
    mov     x11, x30
    ldr     w4, [x0, #GICD_CTLR]
    orr     w4, w4, #GICD_CTLR_ARE
    str     w4, [x0, #GICD_CTLR]
    dsb     sy
    mov     x3, #1
    bl      open_spis
    mov     w6, #-1
1:  ldr     w4, [x1, #GICR_WAKER]
    bic     w4, w4, #(1 << WAKER_SLEEP)
    str     w4, [x1, #GICR_WAKER]
    mov     w7, #0x100000
2:  ldr     w4, [x1, #GICR_WAKER]
    subs    w7, w7, #1
    b.eq    3f
    tbnz    w4, #WAKER_ASLEEP, 2b
3:  movz    x5, #(GICR_IGROUPR0 & 0xffff)
    movk    x5, #(GICR_IGROUPR0 >> 16), lsl #16
    str     w6, [x1, x5]
    ldr     w4, [x1, #GICR_TYPER]
    mov     x5, #0x20000
    tbz     w4, #GICR_TYPER_VLPIS, 4f
    mov     x5, #0x40000
4:  add     x1, x1, x5
    tbnz    w4, #GICR_TYPER_LAST, 5f
    cmp     x1, x2
    b.lo    1b
5:  dsb     sy
    ret     x11

set_timer:
    msr     cntfrq_el0, x0
    ret

close:
    mrs     x0, scr_el3
    orr     x0, x0, #SCR_EL3_SMD
    msr     scr_el3, x0
    isb
    ret
