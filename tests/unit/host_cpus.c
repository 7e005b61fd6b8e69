// SPDX-License-Identifier: MIT
// Events as a machine has them: who waits goes on only for an event or because what it watches has changed, so that a
// missing one is a hang. Nothing here orders memory; that is up to what is tested.
#include "host_cpus.h"
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

_Thread_local struct cpu *host_cpu;

static uint32_t event[MAX_CPUS], interrupt[MAX_CPUS];
static _Thread_local uint32_t const *watched;
static _Thread_local uint32_t watched_value;

void cpu_relax(void)
{
    sched_yield();
}

uint32_t load_watched(uint32_t const *p)
{
    watched = p;
    return watched_value = __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

void wait_for_event(void)
{
    while (!__atomic_exchange_n(&event[host_cpu->id], 0, __ATOMIC_RELAXED)) {
        if (watched && __atomic_load_n(watched, __ATOMIC_RELAXED) != watched_value) {
            watched = NULL;
            return;
        }
        cpu_relax();
    }
}

void send_event(void)
{
    for (unsigned i = 0; i < num_cpus; i++)
        __atomic_store_n(&event[i], 1, __ATOMIC_RELAXED);
}

void cpu_interrupt(unsigned id)
{
    __atomic_store_n(&interrupt[id], 1, __ATOMIC_RELAXED);
}

bool host_interrupted(void)
{
    return __atomic_exchange_n(&interrupt[host_cpu->id], 0, __ATOMIC_RELAXED);
}

static void *run_cpu(void *arg)
{
    host_cpu = arg;
    host_cpu_main(host_cpu);
    return NULL;
}

void host_run_cpus(void)
{
    pthread_t t[MAX_CPUS];
    for (unsigned i = 0; i < num_cpus; i++)
        ck_assert(!pthread_create(&t[i], NULL, run_cpu, &cpus[i]));
    for (unsigned i = 0; i < num_cpus; i++)
        ck_assert(!pthread_join(t[i], NULL));
}
