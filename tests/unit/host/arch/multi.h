// SPDX-License-Identifier: MIT
// kernel/arch/arm64/include/arch/multi.h for tests on the build machine: CPUs are threads. The functions that are not
// inline are in host_cpus.c.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct cpu;

enum { CACHE_LINE = 64 };

extern _Thread_local struct cpu *host_cpu;
static inline struct cpu *this_cpu(void)
{
    return host_cpu;
}

static inline bool replace_zero(uint32_t *p, uint32_t value)
{
    uint32_t zero = 0;
    return __atomic_compare_exchange_n(p, &zero, value, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void cpu_relax(void);
uint32_t load_watched(uint32_t const *p);
void wait_for_event(void);
void send_event(void);
void cpu_interrupt(unsigned id);
