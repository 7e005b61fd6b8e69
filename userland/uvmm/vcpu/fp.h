// SPDX-License-Identifier: MIT
// The guest's FP and SIMD registers while its vCPU thread emulates.
//
// An exit leaves them in the CPU (kernel-abi 6.9), and uvmm is compiled with -mgeneral-regs-only so
// that the exit path does not touch them. Library code does (memcpy alone): before calling any,
// code that may run on a vCPU thread calls fp_protect(). The first call during an exit saves the
// registers, the resume path restores them; on other threads it does nothing.
#pragma once

#include <stdint.h>

struct fp_state {
    unsigned char q[32][16];
    uint64_t fpcr, fpsr;
} __attribute__((aligned(16)));

// vcpu/entry.S
void fp_state_save(struct fp_state *s);
void fp_state_restore(struct fp_state const *s);

// vcpu.c
void fp_protect(void);

// A call of libgcc that computes in v0: the guest would lose its own.
#ifdef __aarch64__
#pragma GCC poison __builtin_popcount __builtin_popcountl __builtin_popcountll
#endif
