// SPDX-License-Identifier: MIT
// PSCI and spin table: starting CPUs, ending the machine.
#pragma once
#include <ashlar/boot_info.h>
#include <stdbool.h>
void psci_init(struct boot_info const *bi);
// Starts a CPU at physical address `entry` with `context` in x0. 0 or negative PSCI error.
int psci_cpu_on(struct boot_cpu const *cpu, uint64_t entry, uint64_t context);
void psci_system_off(void); // returns only when unsupported
void psci_system_reset(void);
