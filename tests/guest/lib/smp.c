// SPDX-License-Identifier: MIT
#include "smp.h"

#include "check.h"
#include "gic.h"
#include "psci.h"
#include "timer.h"

struct cpu cpus[MAX_CPUS];
static uint8_t stacks[MAX_CPUS][8192] __attribute__((aligned(16)));

void cpu_main(void);

void cpu_main(void)
{
    struct cpu *c = this_cpu();
    interrupts_reset();
    if (c->keeps_gic)
        gic_init_interface();
    else
        gic_init_cpu();
    c->up = true;
    while (!c->leave) {
        barrier();
        if (c->job) {
            c->job(c->argument);
            barrier();
            c->job = NULL;
        }
    }
    psci(PSCI_CPU_OFF, 0, 0, 0);
    give_up("CPU_OFF returned on CPU", c->index, 0);
}

int64_t cpu_start(unsigned n)
{
    return cpu_start_at(n, secondary_entry);
}

int64_t cpu_start_at(unsigned n, void (*entry)(void))
{
    struct cpu *c = &cpus[n];
    if (c->up)
        return PSCI_SUCCESS;
    c->stack_end = (uintptr_t)stacks[n] + sizeof(stacks[n]);
    c->index = n;
    c->leave = false;
    c->job = NULL;
    barrier();
    int64_t result = psci(PSCI_CPU_ON, platform.mpidr[n], (uintptr_t)entry, (uintptr_t)c);
    if (result == PSCI_SUCCESS && !wait_for(c->up, LONG_MS))
        give_up("a CPU that was switched on does not run", n, 0);
    return result;
}

bool cpu_stop(unsigned n)
{
    cpus[n].leave = true;
    barrier();
    bool off = wait_for(psci(PSCI_AFFINITY_INFO, platform.mpidr[n], 0, 0) == AFFINITY_OFF, LONG_MS);
    cpus[n].up = false;
    return off;
}

void cpu_begin(unsigned n, void (*job)(void *argument), void *argument)
{
    cpus[n].argument = argument;
    barrier();
    cpus[n].job = job;
    barrier();
}

bool cpu_done(unsigned n)
{
    barrier();
    return !cpus[n].job;
}

bool cpu_run(unsigned n, void (*job)(void *argument), void *argument)
{
    cpu_begin(n, job, argument);
    return wait_for(cpu_done(n), LONG_MS);
}

enum { WATCHDOG_MS = 20000, LOOK_MS = 200 };

// Asleep between its looks: it shall take no time from CPU 0.
static void watch(void *argument)
{
    (void)argument;
    unsigned count = check_count();
    uint64_t since = counter();
    gic_enable(platform.vtimer_irq);
    while (!this_cpu()->leave) {
        vtimer_set(counter() + ticks_of_ms(LOOK_MS), TIMER_ENABLE);
        wfi();
        uint32_t iar = gic_ack(); // the timer's, or an SGI for all others: they would keep it awake
        if (gic_id(iar) < GIC_FIRST_SPECIAL) {
            vtimer_off();
            gic_eoi(iar);
        }
        if (check_count() != count) {
            count = check_count();
            since = counter();
        } else if (counter() - since > ticks_of_ms(WATCHDOG_MS)) {
            give_up("CPU 0 is stuck since this many checks", count, 0);
        }
    }
    vtimer_off();
}

void watchdog_start(void)
{
    unsigned last = platform.num_cpus - 1;
    if (last >= 2 && cpu_start(last) == PSCI_SUCCESS)
        cpu_begin(last, watch, NULL);
}
