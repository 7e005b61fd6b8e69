// SPDX-License-Identifier: MIT
// Virtual machine state of a vCPU: what is loaded while its guest runs, and the EL1 registers that stay in the
// hardware until another guest needs this CPU.
#pragma once
#include "sched/cpu.h"
#include <l4/sys/abi/vcpu.h>

enum { CNTKCTL_HOST = 3 }; // CNTKCTL_EL1: EL0 reads both counters

struct el1_state {
    l4_vcpu_el1_regs_t regs; // sctlr, cpacr and tpidrro_el0 live in the vCPU area
    uint64_t disr;           // DISR_EL1, on CPUs that have it
    bool vtimer_active;     // the physical timer interrupt stays active until the guest's EOI
    bool timer_lr_used;
    bool vgic_loaded;       // not what the area says: a VMM may write that while the guest runs
    uint8_t timer_lr;       // list register that holds the virtual timer's interrupt
    uint32_t id;            // no two vCPUs have the same one
    uint32_t ran_on;        // 1 + the CPU that its EL1 registers were live on last
    bool debugging;         // MDSCR_EL1 switches something on
    l4_vcpu_debug_regs_t debug; // as they may go into the hardware; only the VMM writes them
};

uint32_t guest_new_id(void);
// Loads the guest's state on the CPU that runs `t` and makes its frame the current one. The vCPU area's user task
// must be set.
void guest_load(struct cpu *cpu, struct thread *t);
// Saves it and puts the host's values in place; the frame is the thread's own again. No address space is loaded then:
// space_enter() comes next.
void guest_unload(struct cpu *cpu, struct thread *t);
// The CPU may go to sleep: no virtual interrupt of the last guest keeps it awake.
void guest_quiet(struct cpu *cpu);
// Saves the EL1 registers of the CPU's owner and leaves none (before migration, at the end of a thread).
void guest_el1_release(struct cpu *cpu);
// Fills regs, the words of a l4_vcpu_el1_regs_t, with the guest's EL1 registers of the current thread / writes those of
// `mask`.
void guest_el1_read(struct cpu *cpu, struct thread *t, uint64_t *regs);
void guest_el1_write(struct cpu *cpu, struct thread *t, uint64_t mask, uint64_t const *regs);
// Sets the guest's debug registers from the words of a l4_vcpu_debug_regs_t. (guest_debug.c)
void guest_debug_write(struct cpu *cpu, struct thread *t, uint64_t const *words);
// A virtual timer interrupt while the guest runs. True when it was handled, false when the VMM must hear of it.
bool guest_vtimer_hit(struct cpu *cpu, struct thread *t);
// Guest-physical address of an abort of the loaded guest (kernel-abi 6.7), ~0 when unknown.
uint64_t guest_fault_ipa(uint64_t esr);
