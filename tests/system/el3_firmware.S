// SPDX-License-Identifier: MIT
// Stands at the reset vector of all CPUs at EL3. Leaves junk in registers whose reset value is
// unknown, enters the image on the first CPU, and lets the others wait in a spin table. Of the board
// it knows what the test puts behind it: BOARD_* below.
#define HFGRTR_EL2  S3_4_C1_C1_4
#define HFGWTR_EL2  S3_4_C1_C1_5
#define HCRX_EL2    S3_4_C1_C2_2

    .text
    mrs     x0, id_aa64mmfr0_el1
    ubfx    x0, x0, #56, #4
    cbz     x0, 1f
    mov     x1, #(1 << 27)          // SCR_EL3.FGTEn, for the next two
    msr     scr_el3, x1
    isb
    mov     x1, #-1
    msr     HFGRTR_EL2, x1
    msr     HFGWTR_EL2, x1
1:  msr     scr_el3, xzr
    ldr     x1, =0x80100400         // CPTR_EL3: TCPAC, TTA, TFP
    msr     cptr_el3, x1
    mov     x1, #0x640              // MDCR_EL3: TDOSA, TDA, TPM
    msr     mdcr_el3, x1
    ldr     x1, =0x32c5183f         // SCTLR_EL2: EE, WXN off, I, C, A, M
    msr     sctlr_el2, x1
    mov     x1, #-1
    msr     cptr_el2, x1
    msr     vttbr_el2, x1
    msr     cntvoff_el2, x1
    mov     x1, #0x7f               // HCR_EL2: without RW, with everything that traps
    orr     x1, x1, #0x3f << 13
    msr     hcr_el2, x1
    ldr     x1, timer_hz
    msr     cntfrq_el0, x1
    mrs     x2, mpidr_el1
    ands    x2, x2, #0xff
    b.ne    2f
    ldr     x0, tree
    ldr     x1, image
    br      x1

2:  mov     x1, #1                  // as reset may leave it
    msr     cntfrq_el0, x1
    ldr     x1, release
    add     x1, x1, x2, lsl #3
3:  wfe
    ldr     x2, [x1]
    cbz     x2, 3b
    br      x2

    .ltorg
    .balign 8
tree:
    .quad   BOARD_TREE
image:
    .quad   BOARD_IMAGE
release:
    .quad   BOARD_RELEASE
timer_hz:
    .quad   BOARD_TIMER_HZ
