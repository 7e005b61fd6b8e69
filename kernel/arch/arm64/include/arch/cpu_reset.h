// SPDX-License-Identifier: MIT
// A CPU in the state in which reset or firmware left it (cpu_reset.S). For assembly files of boot
// and of the kernel.
//
// The routines run with the MMU off, have no stack, change x0 to x6 only:
//   cpu_leave_el3    at EL3; x0 = further bits for SCR_EL3. Returns at EL2 with x0 = 2, or where
//                    there is no EL2, at EL1 with x0 = 1.
//   cpu_open_gicv2   at EL3; x0 = distributor, x1 = CPU interface. Gives the CPU's private
//                    interrupts to the non-secure side.
//   cpu_init_el2     at EL2
#pragma once

#define SCTLR_EL2_OFF   0x30c50830  // RES1 bits; MMU, caches, alignment check off
#define SCTLR_EL1_OFF   0x30d00800
#define SCR_EL3_SMD     (1 << 7)    // SMC is undefined

// no literal pool: loads from it fault while the image is misaligned
    .macro  mov32, reg, value
    movz    \reg, #(\value) & 0xffff
    movk    \reg, #(\value) >> 16, lsl #16
    .endm
