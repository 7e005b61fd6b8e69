// SPDX-License-Identifier: MIT
// What the locks need of a machine with several CPUs.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct cpu;

enum { CACHE_LINE = 64 };

static inline struct cpu *this_cpu(void)
{
    struct cpu *c;
    asm("mrs %0, tpidr_el2" : "=r"(c));
    return c;
}

static inline void cpu_relax(void)
{
    asm volatile("yield" ::: "memory");
}

// Replaces 0 by a value, with acquire semantics. May fail for no reason. The compiler's own compare and exchange compares
// twice, which each kernel entry would pay for.
static inline bool replace_zero(uint32_t *p, uint32_t value)
{
    uint32_t t;
    asm goto("ldaxr %w0, %1\n\t"
             "cbnz %w0, %l[no]\n\t"
             "stxr %w0, %w2, %1\n\t"
             "cbnz %w0, %l[no]"
             : "=&r"(t), "+Q"(*p)
             : "r"(value)
             : "memory"
             : no);
    return true;
no:
    return false;
}

// A word that another CPU will change: when it does so after this load, it ends the next
// wait_for_event(). Only the last load counts, and only if no store comes between. (Arm ARM B2.12, D1.6)
static inline uint32_t load_watched(uint32_t const *p)
{
    uint32_t v;
    asm volatile("ldaxr %w0, %1" : "=r"(v) : "Q"(*p) : "memory");
    return v;
}

// Returns when there is an event, or for no reason.
static inline void wait_for_event(void)
{
    asm volatile("wfe" ::: "memory");
}

// An event for all CPUs, which then see what was stored before.
static inline void send_event(void)
{
    asm volatile("dsb ishst; sev" ::: "memory");
}

// Makes a CPU enter the kernel, or ends its wait for an interrupt.
void cpu_interrupt(unsigned id);
