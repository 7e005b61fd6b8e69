// SPDX-License-Identifier: MIT
// What the kernel does for faults of particular cores (docs/silicon.md has the table).
#pragma once
#include "sched/cpu.h"

// A core as MIDR_EL1 names it: implementer and part; and variant and revision as one number, 0x21 for r2p1.
#define CORE(implementer, part) ((unsigned)(implementer) << 12 | (part))
#define CORE_ARM(part) CORE(0x41, part)
#define CORE_OF(midr) CORE((midr) >> 24 & 0xff, (unsigned)((midr) >> 4 & 0xfff))
#define REVISION_OF(midr) ((unsigned)((midr) >> 16 & 0xf0) | (unsigned)((midr) & 0xf))

// Finds out what the calling CPU needs.
void errata_cpu_init(struct cpu *cpu);
