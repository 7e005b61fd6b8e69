// SPDX-License-Identifier: MIT
// The architecture's part of a thread switch.
#pragma once
#include <arch/sysreg.h>
#include "sched/cpu.h"

// Saves what of `t` is in registers outside its frame; guest state is unloaded. Live FP and EL1 registers stay.
void context_leave(struct cpu *cpu, struct thread *t);
// Loads what `t` needs: address space, thread registers, guest state, FP trap.
void context_enter(struct cpu *cpu, struct thread *t);
// The switch between two threads that are no vCPUs; `to`'s VMID is of the current generation.
void context_switch_plain(struct cpu *cpu, struct thread *t, struct thread *to);
// Saves live FP and EL1 registers of `t` from this CPU's hardware (before it runs elsewhere or ends).
void context_release(struct cpu *cpu, struct thread *t);
// Loads the page tables of a task. Under the global lock, unless its VMID is of the current generation.
void space_load(struct cpu *cpu, struct task *task);
// The task's address space, with a VMID of the current generation; like space_load().
struct space *space_current(struct task *task);
// Whether context_enter(t) must run under the global lock (a VMID is to be assigned).
bool context_needs_global_lock(struct thread const *t);
// Nothing runs here: leaves the address space of the last thread, whose tables may be freed now.
void context_idle(struct cpu *cpu);
// Puts the live TPIDR_EL0 into the frame of the thread if it is this CPU's current one.
void context_save_tpidr(struct thread *t);
// The current thread's TPIDRRO_EL0 has a new value.
void context_reload_tpidrro(struct thread *t);
// PSTATE that user mode (EL0) may have; illegal modes become the illegal-state bit.
uint64_t pstate_user(uint64_t pstate);
// A mode that a guest has as long as it executes AArch64.
static inline bool pstate_is_aarch64(uint64_t pstate)
{
    uint64_t mode = pstate & SPSR_MODE_MASK;
    return mode == SPSR_EL0T || mode == SPSR_EL1T || mode == SPSR_EL1H;
}
// PSTATE that a guest (EL1, EL0) may have.
uint64_t pstate_guest(uint64_t pstate);
// An FP access trapped: makes the current thread the owner of the FP registers. False when out of memory.
bool fpu_switch(struct cpu *cpu, struct thread *t);
void fpu_trap(struct cpu *cpu, bool on);
