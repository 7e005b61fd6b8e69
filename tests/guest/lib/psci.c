// SPDX-License-Identifier: MIT
#include "psci.h"

static bool by_smc;

void psci_use_smc(bool smc)
{
    by_smc = smc;
}

int64_t psci(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = a1;
    register uint64_t x2 __asm__("x2") = a2;
    register uint64_t x3 __asm__("x3") = a3;
    if (by_smc)
        __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    else
        __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    bool wide = function & 1u << 30; // of a 32-bit call the upper half says nothing (DEN 0028)
    return wide ? (int64_t)x0 : (int32_t)x0;
}
