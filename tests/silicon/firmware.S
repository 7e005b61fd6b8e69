// SPDX-License-Identifier: MIT
// Firmware at EL3 that offers the SMC calling convention's workarounds, which QEMU's own does not have: for virt with
// secure=on, a GICv2 and one CPU. Runs from flash at 0, enters the image at IMAGE with the device tree at TREE, at EL2.
// OFFERS_3: also SMCCC_ARCH_WORKAROUND_3.
#define GICD 0x8000000
#define GICC 0x8010000
#define GICD_IGROUPR 0x80
#define GICC_PMR 0x4

    .macro  answer function, result
    movz    w3, #(\function & 0xffff)
    movk    w3, #(\function >> 16), lsl #16
    cmp     w0, w3
    b.ne    1f
    ldr     x0, =\result
    eret
1:
    .endm

    .text
    .globl  _start
_start:
    b       reset

    .balign 2048
vectors:
    .space  0x400
    b       smc                     // from lower EL, AArch64
    .balign 2048

smc:
    answer  0x84000000, 0x10001     // PSCI_VERSION
    answer  0x80000000, 0x10001     // SMCCC_VERSION
    answer  0x80008000, 0           // SMCCC_ARCH_WORKAROUND_1
    answer  0x80003fff, 0           // SMCCC_ARCH_WORKAROUND_3
    movz    w3, #0x000a            // PSCI_FEATURES, of SMCCC_VERSION
    movk    w3, #0x8400, lsl #16
    cmp     w0, w3
    b.ne    2f
    mov     w0, w1
    answer  0x80000000, 0
    b       unknown
2:  movz    w3, #0x0001            // SMCCC_ARCH_FEATURES
    movk    w3, #0x8000, lsl #16
    cmp     w0, w3
    b.ne    unknown
    mov     w0, w1
    answer  0x80008000, 0
#ifdef OFFERS_3
    answer  0x80003fff, 0
#endif
unknown:
    mov     x0, #-1
    eret

reset:
    adr     x0, vectors
    msr     vbar_el3, x0
    msr     cptr_el3, xzr
    mov     x0, #0x531              // NS, RES1, HCE, RW
    msr     scr_el3, x0
    mov     x1, #GICD
    mov     w2, #-1
    add     x3, x1, #GICD_IGROUPR
    mov     x4, #32
3:  str     w2, [x3], #4
    subs    x4, x4, #1
    b.ne    3b
    mov     x1, #GICC
    mov     w2, #0xff
    str     w2, [x1, #GICC_PMR]
    mov     x0, #0x3c9              // EL2h, all masked
    msr     spsr_el3, x0
    ldr     x0, =IMAGE
    msr     elr_el3, x0
    ldr     x0, =TREE
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr
    eret
