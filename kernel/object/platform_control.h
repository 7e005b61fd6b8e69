// SPDX-License-Identifier: MIT
// Switching the machine off and on: label 0 on the ICU's capability (kernel-abi 4.12). It needs a right that interrupts
// do not: S. Whoever hands the ICU on without S keeps the machine to himself.
#pragma once
#include "object/object.h"

enum { PLATFORM_OPERATIONS = 5 };
extern struct operation const platform_operations[PLATFORM_OPERATIONS];
