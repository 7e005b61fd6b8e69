// SPDX-License-Identifier: MIT
// Running vCPUs in the kernel tests.
#pragma once
#include "harness.h"

enum { VCPU_MEM = 0x70100000, VCPU_MEM_END = VCPU_MEM + 0x2000, VCPU_AREAS = 4 };

// Adds the kernel-user memory of the areas (once).
void vcpu_mem_init(void);
// Area n, as its last user left it.
static inline l4_vcpu_state_t *vcpu_area(unsigned n)
{
    return (l4_vcpu_state_t *)(VCPU_MEM + 0x800ul * n);
}
// The calling thread becomes a vCPU with area n. What the last user left there goes first: one that was deleted in user mode
// left its flags, and messages would interrupt a handler that is not there yet.
l4_vcpu_state_t *vcpu_become(unsigned n);
// Exception class of its last upcall.
static inline unsigned ec(l4_vcpu_state_t *v)
{
    return (unsigned)((uint32_t)v->r.err >> L4_ESR_EC_SHIFT);
}
// Resumes and returns 0 at the next upcall out of user mode, or the error of the resume. (vcpu_run.S)
int64_t vcpu_run(l4_vcpu_state_t *v);
// Runs fn in a thread of its own to its end; the argument points to the thread's capability.
void run_to_end(void (*fn)(void *), unsigned prio, unsigned cpu);
