// SPDX-License-Identifier: MIT
// PSCI and spin table: starting CPUs, ending the machine.
#pragma once
#include <ashlar/boot_info.h>
#include <stdbool.h>
void psci_init(struct boot_info const *bi);
// Starts a CPU at physical address `entry` with `context` in x0. 0 or negative PSCI error.
int psci_cpu_on(struct boot_cpu const *cpu, uint64_t entry, uint64_t context);
// Whether firmware knows a function of the SMC calling convention's architecture service: 0 or more, or negative when it does
// not, or is not there (DEN 0028, SMCCC_ARCH_FEATURES).
int smccc_arch_feature(uint32_t function);
#define SMCCC_ARCH_WORKAROUND_1 0x80008000u
#define SMCCC_ARCH_WORKAROUND_2 0x80007fffu
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffu
void psci_system_off(void); // returns only when unsupported
void psci_system_reset(void);
