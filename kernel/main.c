// SPDX-License-Identifier: MIT
// Start of the kernel: from boot's description of the machine to the first instruction of sigma0 and the root task.
#include <arch/context.h>
#include <arch/gic.h>
#include <arch/hardening.h>
#include <arch/kernel_map.h>
#include <arch/psci.h>
#include <arch/smmu.h>
#include <arch/smp.h>
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <arch/timer.h>
#include <arch/vgic.h>
#include "debug/console.h"
#include "debug/print.h"
#include "kip.h"
#include "lock/lock_set.h"
#include "mem/kmem.h"
#include "object/factory.h"
#include "object/gate.h"
#include "object/icu.h"
#include "object/iommu.h"
#include "object/scheduler.h"
#include "object/task.h"
#include "object/vcon.h"
#include "panic.h"
#include "stack_guard.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

enum { UTCB_BELOW_END = 0x10000, SIGMA0_GATE_LABEL = 0x40, FIRST_PRIO = 1 };

extern char boot_stack_top[];
void kernel_main(struct boot_info const *bi) __attribute__((noreturn));
void kernel_leave(void) __attribute__((noreturn));

static void set_cap(struct task *t, uint64_t selector, struct object *o)
{
    struct cap_slot *s = cap_slot_get(&t->caps, &quota_root, selector >> L4_CAP_SHIFT);
    if (!s)
        kernel_panic("no memory for the first capabilities");
    cap_set(s, o, CAP_ALL);
}

// One of the two initial tasks with its thread, ready to run at `entry`.
static struct thread *create_initial(struct object *factory, uint64_t entry)
{
    struct task *task = task_create(&quota_root);
    struct object *o = thread_create(&quota_root);
    uint64_t utcb = (1ull << S2_BITS) - UTCB_BELOW_END;
    if (!task || !o || task_add_ku_mem(task, utcb, L4_PAGESHIFT))
        kernel_panic("no memory for the first tasks");
    task->obj.immortal = true;
    o->immortal = true;
    struct thread *t = thread_of(o);
    if (thread_bind(t, task, utcb))
        kernel_panic("cannot bind the first thread");
    set_cap(task, L4_BASE_TASK_CAP, &task->obj);
    set_cap(task, L4_BASE_FACTORY_CAP, factory);
    set_cap(task, L4_BASE_THREAD_CAP, o);
    set_cap(task, L4_BASE_LOG_CAP, vcon_object());
    set_cap(task, L4_BASE_ICU_CAP, icu_object());
    set_cap(task, L4_BASE_SCHEDULER_CAP, scheduler_object());
    t->prio = t->run.prio = FIRST_PRIO;
    t->placed = true;
    t->regs.pc = entry;
    return t;
}

static void create_first_tasks(struct boot_info const *bi)
{
    quota_ref(&quota_root);
    struct object *factory = factory_create(&quota_root, &quota_root);
    if (!factory)
        kernel_panic("no memory for the root factory");
    factory->immortal = true;
    struct thread *sigma0 = create_initial(factory, bi->sigma0_entry);
    sigma0->task->is_sigma0 = true;
    sigma0->regs.r[0] = kip_phys;
    sigma0->regs.r[2] = bi->seed[1];
    thread_start(sigma0, ~0ull, ~0ull);
    struct thread *root = create_initial(factory, bi->root_entry);
    struct object *gate = gate_create(&quota_root, SIGMA0_GATE_LABEL, sigma0);
    if (!gate)
        kernel_panic("no memory for the gate to sigma0");
    gate->immortal = true;
    set_cap(root->task, L4_BASE_PAGER_CAP, gate);
    if (smmu_there())
        set_cap(root->task, L4_BASE_IOMMU_CAP, iommu_object());
    root->pager = L4_BASE_PAGER_CAP >> L4_CAP_SHIFT;
    root->regs.r[2] = bi->seed[2];
    root->regs.r[3] = bi->seed[3];
    thread_start(root, ~0ull, ~0ull);
}

void kernel_main(struct boot_info const *bi)
{
    if (bi->magic != BOOT_INFO_MAGIC || bi->version != BOOT_INFO_VERSION || bi->size != sizeof *bi)
        for (;;)
            asm volatile("wfe");
    stack_guard_init(bi->seed[0]);
    struct cpu *cpu = &cpus[0];
    cpu->stack_top = boot_stack_top;
    cpu->lock.word = LOCK_TAKEN;
    cpu->locks_local = cpu->locks_held = LOCKS_ALL;
    sysreg_write_mem(tpidr_el2, cpu);
    extern char vectors[];
    sysreg_write_mem(vbar_el2, vectors);
    kmem_init((void *)(KERNEL_PHYS_WINDOW + bi->heap_free), (void *)(KERNEL_PHYS_WINDOW + bi->heap_end));
    kernel_map_init(bi);
    cpu->stack_top = kernel_map_stack(0); // from the next kernel entry on
    if (!cpu->stack_top)
        kernel_panic("no memory for a stack");
    console_init(bi);
    timer_init(bi->timer.hyp_irq, bi->timer.virt_irq);
    gic_init(bi);
    psci_init(bi);
    hardening_init(bi);
    cpu_init(cpu);
    vgic_init(bi);
    smmu_init(bi);
    kip_init(bi);
    num_cpus = 1;
    cpu->online = true;
    sched_arm_timer(cpu);
    smp_start(bi);
    global_lock_anew(cpu);
    debug_print("Ashlar: %u CPU%s, %lu MiB of kernel memory\n", num_cpus, num_cpus == 1 ? "" : "s",
                kmem_free_bytes() >> 20);
    hardening_report();
    console_input_init(bi);
    create_first_tasks(bi);
    sched_run(cpu);
    locks_drop(cpu);
    kernel_leave();
}
