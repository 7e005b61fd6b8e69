// SPDX-License-Identifier: MIT
// The clock function of the kernel information page, copied to 0x900 (microseconds) and 0x980
// (nanoseconds): x0 = CNTVCT_EL0 * scaler >> (32 - shift), of the 128-bit product. The two constants
// follow at 0x70. Position independent; changes x0 to x5 only. (kernel-abi 5)
    .section .rodata.kip_clock, "a"
    .balign 16
    .globl  kip_clock_code
kip_clock_code:
    isb
    mrs     x0, cntvct_el0
    ldr     x1, scaler
    ldr     x2, shift
    mov     x3, #32
    sub     x3, x3, x2              // 1 ... 63
    mul     x4, x0, x1
    umulh   x5, x0, x1
    lsr     x4, x4, x3
    neg     x3, x3
    lsl     x5, x5, x3              // shifts count modulo 64
    orr     x0, x4, x5
    ret
    .org    kip_clock_code + 0x70
scaler:
    .quad   0
shift:
    .quad   0
