// SPDX-License-Identifier: MIT
#include <arch/smp.h>
#include <arch/context.h>
#include "arch/arm64/errata.h"
#include <arch/exception.h>
#include <arch/gic.h>
#include "arch/arm64/guest_debug.h"
#include <arch/hardening.h>
#include <arch/kernel_map.h>
#include <arch/psci.h>
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <arch/timer.h>
#include "arch/arm64/traps.h"
#include <arch/vgic.h>
#include "debug/print.h"
#include "lock/lock_set.h"
#include "mem/kmem.h"
#include "preempt/work.h"
#include "sched/sched.h"
#include <l4/sys/cache.h>

enum { START_TIMEOUT_US = 5000000 }; // an emulator on a busy machine may not have run it for a second

extern char vectors[], secondary_start[], secondary_start_end[];

void cpu_init(struct cpu *cpu)
{
    sysreg_write_mem(tpidr_el2, cpu);
    sysreg_write(vbar_el2, vectors);
    traps_cpu_init();
    sysreg_write(vpidr_el2, sysreg_read(midr_el1));
    sysreg_write(vmpidr_el2, sysreg_read(mpidr_el1));
    sysreg_write(sctlr_el1, SCTLR_EL1_HOST);
    sysreg_write(cpacr_el1, 3 << 20);
    guest_debug_cpu_init();
    sysreg_write(cntkctl_el1, 3);
    // Frames need not be 16-byte aligned for SP: no stack alignment check at EL2
    sysreg_write(sctlr_el2, sysreg_read(sctlr_el2) & ~BIT(3));
    isb();
    stage2_cpu_init();
    errata_cpu_init(cpu);
    hardening_cpu_init(cpu);
    timer_cpu_init();
    gic->cpu_init(cpu->id);
    cpu->mpidr = sysreg_read(mpidr_el1);
    cpu->fpu_on = false;
    cpu->switched_at = timer_now();
    sched_cpu_init(cpu);
    gic->unmask(timer_irq);
    gic->unmask(vtimer_irq);
    if (vgic) // not yet on the boot CPU
        vgic_cpu_init(cpu);
}

void cpu_interrupt(unsigned id)
{
    gic->send_ipi(id, IPI_RESCHEDULE);
}

static void secondary_main(struct cpu *cpu)
{
    cpu_init(cpu);
    __atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&cpu->locks_local, __ATOMIC_ACQUIRE)) // not before it is known which locks there are
        cpu_relax();
    local_lock_anew(cpu);
    sched_arm_timer(cpu);
    exception_finish(cpu);
    extern void kernel_leave(void) __attribute__((noreturn));
    kernel_leave();
}

enum start_result { CPU_UP, CPU_REFUSED, CPU_LOST };

// Starts one CPU; waits until it is up. Its number is the next free one, so that online CPUs have no gaps.
static enum start_result start_cpu(struct boot_cpu const *bc, struct secondary *s, struct cpu *cpu)
{
    if (!cpu->stack_top) // else another CPU was to have this number, and did not start
        cpu->stack_top = kernel_map_stack(cpu->id);
    if (!cpu->stack_top)
        return CPU_REFUSED;
    s->cpu = (uint64_t)cpu;
    s->stack = (uint64_t)cpu->stack_top;
    // The CPU reads this with its caches off.
    l4_cache_flush_data((uintptr_t)s, (uintptr_t)(s + 1));
    int err = psci_cpu_on(bc, kernel_virt_to_phys(secondary_start), kernel_virt_to_phys(s));
    if (err) {
        debug_print("kernel: CPU with MPIDR %lx does not start (%d): left out\n", bc->mpidr, err);
        return CPU_REFUSED;
    }
    uint64_t end = timer_now() + timer_us_to_ticks(START_TIMEOUT_US);
    while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
        if (timer_now() > end) {
            debug_print("kernel: CPU with MPIDR %lx does not come up: left out, as all behind it\n", bc->mpidr);
            return CPU_LOST;
        }
    return CPU_UP;
}

static void start_others(struct boot_info const *bi)
{
    if (bi->num_cpus < 2)
        return;
    struct secondary *s = kmem_alloc(&quota_root, sizeof *s);
    if (!s)
        return;
    kernel_map_identity(kernel_virt_to_phys(secondary_start), 4096);
    s->ttbr0 = sysreg_read(ttbr0_el2);
    s->tcr = sysreg_read(tcr_el2);
    s->mair = sysreg_read(mair_el2);
    s->sctlr = sysreg_read(sctlr_el2);
    s->entry = (uint64_t)secondary_main;
    s->timer_hz = timer_hz;
    s->gicd = bi->gic.version == 2 ? bi->gic.gicd.start : 0;
    s->gicc = bi->gic.version == 2 ? bi->gic.gicc.start : 0;
    for (unsigned i = 1; i < bi->num_cpus && num_cpus < MAX_CPUS; i++) {
        struct cpu *cpu = &cpus[num_cpus];
        cpu->id = num_cpus;
        enum start_result r = start_cpu(&bi->cpus[i], s, cpu);
        if (r == CPU_LOST) // it may still come and use what was made for it
            return;
        if (r == CPU_UP)
            num_cpus++;
    }
}

void smp_start(struct boot_info const *bi)
{
    start_others(bi);
    for (unsigned i = 0; i < num_cpus; i++) {
        lock_set local = ~((1u << num_cpus) - 1) | lock_of(&cpus[i]);
        cpus[i].locks_held = local;
        __atomic_store_n(&cpus[i].locks_local, local, __ATOMIC_RELEASE);
    }
}
