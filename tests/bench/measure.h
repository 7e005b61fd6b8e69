// SPDX-License-Identifier: MIT
// Counting instructions: under QEMU's -icount shift=0 an instruction is a nanosecond of virtual time.
#pragma once
#include <stdint.h>

enum { LOOPS = 10000, WARM_UP = 200 };

static inline uint64_t counter(void)
{
    uint64_t v;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(v)::"memory");
    return v;
}

// Instructions for a number of counter ticks.
uint64_t ticks_to_instructions(uint64_t ticks);
// Prints `BENCH name figure`: instructions per operation.
void report(char const *name, uint64_t ticks, uint64_t operations);
// Runs op(arg) LOOPS times after a warm-up and reports.
void measure(char const *name, void (*op)(void *), void *arg);

void bench_ipc(void);
void bench_calls(void);
void bench_memory(void);
void bench_net(void);
