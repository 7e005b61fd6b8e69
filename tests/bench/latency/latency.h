// SPDX-License-Identifier: MIT
#pragma once
#include "harness.h"

// Between these two the worst delay of a thread of the highest priority is measured; the second one prints it.
void begin(void);
void end(char const *name);
// Instructions so far: -icount shift=0 makes one a nanosecond.
uint64_t instructions(void);
// `BENCH latency-NAME figure`
void figure(char const *name, uint64_t instructions);

void measure_waits(void);
