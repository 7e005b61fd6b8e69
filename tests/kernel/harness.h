// SPDX-License-Identifier: MIT
// What the kernel tests share: output, checks, slots, threads.
#pragma once
#include <l4/sys/factory.h>
#include <l4/sys/ipc.h>
#include <l4/sys/irq.h>
#include <l4/sys/rcv_endpoint.h>
#include <l4/sys/scheduler.h>
#include <l4/sys/semaphore.h>
#include <l4/sys/task.h>
#include <l4/sys/thread.h>
#include <stdbool.h>
#include <stdint.h>

void print(char const *s);
void print_num(int64_t n);

// Reports one test; `name` in the field's terms.
void check(bool ok, char const *name);
// Reports `got == want` and shows both when not.
void check_eq(int64_t got, int64_t want, char const *name);

l4_cap_idx_t slot_alloc(void);
// A thread in this task that runs fn(arg) with the given priority (on CPU `cpu`); returns its capability.
l4_cap_idx_t thread_run(void (*fn)(void *), void *arg, unsigned prio, unsigned cpu);
unsigned cpus_online(void);

void test_ipc(void);
void test_memory_functions(void);
