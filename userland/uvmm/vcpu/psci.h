// SPDX-License-Identifier: MIT
// Power State Coordination Interface 1.0 (DEN 0022).
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

// Handles function `fn` of v with the arguments in x1..x3 and the result in x0. False: no PSCI
// function, or the device tree has no PSCI node. The pc is behind the call already.
bool psci_call(struct vcpu *v, uint32_t fn);

enum psci_function {
    PSCI_VERSION = 0,
    PSCI_CPU_SUSPEND = 1,
    PSCI_CPU_OFF = 2,
    PSCI_CPU_ON = 3,
    PSCI_AFFINITY_INFO = 4,
    PSCI_MIGRATE_INFO_TYPE = 6,
    PSCI_SYSTEM_OFF = 8,
    PSCI_SYSTEM_RESET = 9,
    PSCI_FEATURES = 10,
    PSCI_SYSTEM_SUSPEND = 14,
    PSCI_NONE = -1,
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

// The function that a function identifier means, PSCI_NONE when it is none of PSCI. Functions this
// file does not implement keep their number (0..31). *wide: arguments are 64-bit.
int psci_decode(uint32_t fn, bool *wide);
