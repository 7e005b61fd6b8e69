// SPDX-License-Identifier: MIT
// Power State Coordination Interface (DEN 0022), by the conduit that the tree names.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum psci_function {
    PSCI_VERSION = 0x84000000,
    PSCI_CPU_SUSPEND32 = 0x84000001,
    PSCI_CPU_SUSPEND = 0xc4000001,
    PSCI_CPU_OFF = 0x84000002,
    PSCI_CPU_ON32 = 0x84000003,
    PSCI_CPU_ON = 0xc4000003,
    PSCI_AFFINITY_INFO32 = 0x84000004,
    PSCI_AFFINITY_INFO = 0xc4000004,
    PSCI_MIGRATE_INFO_TYPE = 0x84000006,
    PSCI_SYSTEM_OFF = 0x84000008,
    PSCI_SYSTEM_RESET = 0x84000009,
    PSCI_FEATURES = 0x8400000a,
    PSCI_SYSTEM_SUSPEND32 = 0x8400000e,
    PSCI_SYSTEM_SUSPEND = 0xc400000e,
    SMCCC_VERSION = 0x80000000,
    SMCCC_ARCH_FEATURES = 0x80000001,
    PV_TIME_FEATURES = 0xc5000020, // DEN 0057
    PV_TIME_ST = 0xc5000021,
};

enum psci_result {
    PSCI_SUCCESS = 0,
    PSCI_NOT_SUPPORTED = -1,
    PSCI_INVALID_PARAMETERS = -2,
    PSCI_DENIED = -3,
    PSCI_ALREADY_ON = -4,
    PSCI_ON_PENDING = -5,
    PSCI_INVALID_ADDRESS = -9,
};

enum { AFFINITY_ON = 0, AFFINITY_OFF = 1, AFFINITY_ON_PENDING = 2 };

// Conduit until the tree is read: HVC.
void psci_use_smc(bool smc);
int64_t psci(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3);
