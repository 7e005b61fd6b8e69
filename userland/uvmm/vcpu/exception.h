// SPDX-License-Identifier: MIT
// What the architecture does to pc and PSTATE when an exception is taken to EL1, and when an instruction is over (Arm ARM,
// AArch64.TakeException, AArch32.ITAdvance). Logic alone.
//
// PSTATE has the format of SPSR_EL2, which that of SPSR_EL1 is too.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PSTATE_AARCH32 (1u << 4)
#define PSTATE_BTYPE (3u << 10)
#define PSTATE_SSBS (1u << 12)
#define PSTATE_ALLINT (1u << 13)
#define PSTATE_IL (1u << 20)
#define PSTATE_SS (1u << 21)
#define PSTATE_PAN (1u << 22)
#define PSTATE_UAO (1u << 23)
#define PSTATE_DIT (1u << 24)
#define PSTATE_TCO (1u << 25)
#define PSTATE_NZCV (0xfu << 28)
#define PSTATE_EL1H_MASKED 0x3c5u // EL1h; D, A, I and F masked

#define ESR_IL (1u << 25) // a 32-bit instruction

// What the guest is shown: fields of PSTATE that it does not know are 0.
struct exception_features {
    bool pan, ssbs, mte, nmi;
};

// From VBAR_EL1, for a synchronous exception.
uint64_t exception_vector(uint64_t pstate);

// The PSTATE in which the handler begins.
uint64_t exception_pstate(uint64_t pstate, uint64_t sctlr, struct exception_features const *shown);

// An exception class that has two numbers: that of EL0 is one less than that of EL1.
unsigned exception_class(unsigned of_el0, uint64_t pstate);

// Does the condition hold under which the trapped instruction executes? One of AArch32 may trap though it fails its
// condition; it does nothing then. (ESR_EL2, CV and COND)
bool exception_condition(uint32_t esr, uint64_t pstate);

// Behind the instruction at pc: the address, and PSTATE as an executed instruction leaves it.
uint64_t exception_next_pc(uint64_t pc, uint32_t esr);
uint64_t exception_next_pstate(uint64_t pstate);
