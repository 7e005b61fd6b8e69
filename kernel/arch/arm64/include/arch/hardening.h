// SPDX-License-Identifier: MIT
// Speculation across domains: what a CPU's core needs on the way from user mode or a guest into the kernel, and so between any
// two of them, is chosen when it starts. A core that needs nothing has vectors without a single instruction of it.
#pragma once
#include "sched/cpu.h"
#include <ashlar/boot_info.h>
#include <l4/sys/abi/vcpu.h>

enum hardening {
    HARDEN_VULNERABLE = L4_VCPU_VULNERABLE,
    HARDEN_MITIGATED = L4_VCPU_MITIGATED,
    HARDEN_UNAFFECTED = L4_VCPU_UNAFFECTED,
};

void hardening_init(struct boot_info const *bi);
// Sets VBAR_EL2 of the calling CPU.
void hardening_cpu_init(struct cpu *cpu);
// A line when something stays open. All CPUs have started.
void hardening_report(void);
// What holds for all CPUs, as in l4_vcpu_ext_info_t: two bits each for branch targets, branch history, store bypass.
uint32_t hardening_features(void);
