// SPDX-License-Identifier: MIT
// In place of the SMMU's driver: which space a stream belongs to.
#pragma once
#include <arch/smmu.h>

enum { FAKE_STREAMS = 64 };
extern bool fake_smmu_on;    // the machine has one
extern bool fake_smmu_full;  // it has no memory for another stream
extern struct space *fake_stream[FAKE_STREAMS];

void fake_smmu_reset(void);
