// SPDX-License-Identifier: MIT
// Calls of the guest by HVC and SMC (SMC Calling Convention, DEN 0028).
#pragma once

#include <stdint.h>

struct vcpu;

enum smccc_conduit { SMCCC_HVC, SMCCC_SMC };

// Fast calls with 32-bit arguments; owner 0, the architecture.
#define SMCCC_VERSION 0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_ARCH_WORKAROUND_1 0x80008000u
#define SMCCC_ARCH_WORKAROUND_2 0x80007fffu
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffu
// 64-bit calls; owner 5, standard services of a hypervisor (DEN 0057).
#define SMCCC_PV_TIME_FEATURES 0xc5000020u
#define SMCCC_PV_TIME_ST 0xc5000021u
#define SMCCC_FAST (1u << 31)
#define SMCCC_OWNER (0x3fu << 24)
#define SMCCC_STANDARD (4u << 24) // PSCI is there, TRNG (vcpu/trng.h), and what a guest may ask for that is not
#define SMCCC_STANDARD_HYP (5u << 24)
#define SMCCC_VENDOR_HYP (6u << 24)
enum { SMCCC_1_1 = 0x10001 };

// Once, before the guest runs.
void smccc_init(void);

// What a vCPU has printed of a line.
struct print_line {
    char text[255];
    unsigned size;
};

// Shows the lines that have begun. Any thread.
void smccc_flush(void);

// Handles the instruction at the current pc and steps over it. imm: its immediate.
void smccc_call(struct vcpu *v, enum smccc_conduit conduit, unsigned imm);
