// SPDX-License-Identifier: MIT
// The CPUs: each runs what CPU 0 gives it, one function after another.
#pragma once

#include "cpu.h"
#include "frame.h"
#include "interrupt.h"
#include "platform.h"

struct cpu {
    uint64_t stack_end; // start.S knows the first word
    unsigned index;
    void (*volatile job)(void *argument);
    void *volatile argument;
    volatile bool up, leave;  // leave: CPU_OFF behind the job
    volatile bool keeps_gic;  // its private interrupts are as they were when it is switched on
    volatile bool expected, happened;
    struct frame caught;
    bool caught_pan;
    struct interrupts interrupts;
    struct {
        uint32_t iar;
        bool running, active; // its priority, its state
    } taken[1024];            // interrupts that were acknowledged (gic.c)
    bool split_eoi;
};

extern struct cpu cpus[MAX_CPUS];

static inline struct cpu *this_cpu(void)
{
    return (struct cpu *)read_sysreg("tpidr_el1");
}

void secondary_entry(void); // start.S; x0: struct cpu

// Switches CPU n on and waits until it runs. Gives PSCI's answer; or success, if it ran already.
int64_t cpu_start(unsigned n);
int64_t cpu_start_at(unsigned n, void (*entry)(void));
// Ends what CPU n does, and waits until PSCI says that it is off.
bool cpu_stop(unsigned n);

// Hands a function to CPU n, which must be idle; done: has it ended?
void cpu_begin(unsigned n, void (*job)(void *argument), void *argument);
bool cpu_done(unsigned n);
// Both, with the time limit of wait_for.
bool cpu_run(unsigned n, void (*job)(void *argument), void *argument);

// The last CPU, which no test uses for anything else if there are three or more, ends the guest when there is no check for
// long: CPU 0 may be stuck in the machine, not in its code.
void watchdog_start(void);
