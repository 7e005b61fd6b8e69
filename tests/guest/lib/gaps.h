// SPDX-License-Identifier: MIT
// What is known not to hold under uvmm: a check that fails is green where the list says so, and one that holds there is not.
#pragma once

#include <stdbool.h>

// CPUs, as MIDR_EL1 tells them.
enum {
    CPU_A53 = 1 << 0,
    CPU_A57 = 1 << 1,
    CPU_A72 = 1 << 2,
    CPU_A76 = 1 << 3,
    CPU_A710 = 1 << 4,
    CPU_V1 = 1 << 5,
    CPU_MAX = 1 << 6, // QEMU's, with all that it knows
    CPU_OTHER = 1 << 7,
    ALL_CPUS = (1 << 8) - 1,
};

struct gap {
    char const *group, *name;
    unsigned cpus; // where it fails
    char const *why;
};

void gaps_begin(struct gap const *list, unsigned count);
void check_or_gap(char const *name, bool holds);
// Each entry for this CPU was looked at.
void gaps_end(void);
