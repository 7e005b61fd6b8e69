// SPDX-License-Identifier: MIT
#include "kernel_cpus.h"
#include <arch/context.h>
#include <arch/exception.h>
#include <arch/gic.h>
#include <arch/guest.h>
#include "arch/arm64/serror.h"
#include <arch/stage2.h>
#include <arch/timer.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>
#include <arch/vcpu_area.h>
#include <arch/vgic.h>
#include "debug/assert.h"
#include "lock/cross_call.h"
#include "lock/held.h"
#include "lock/lock_set.h"
#include "preempt/progress.h"
#include "sched/sched.h"
#include <check.h>
#include <string.h>

_Thread_local struct cpu *host_cpu;
bool guests_leave_fast;
uint64_t error_pending;

static bool interrupt[MAX_CPUS];
static uint64_t now;
static unsigned waited;

// ---- several CPUs ----

void cpu_interrupt(unsigned id)
{
    interrupt[id] = true;
}

bool interrupt_pending(struct cpu const *cpu)
{
    return interrupt[cpu->id];
}

uint32_t load_watched(uint32_t const *p)
{
    return *p;
}

void send_event(void)
{
}

void cpu_relax(void)
{
}

// The others go on meanwhile, as far as they can without the lock that the caller holds.
void wait_for_event(void)
{
    struct cpu *self = this_cpu();
    bool progress = false;
    for (struct cpu *cpu = cpus; cpu < cpus + num_cpus; cpu++) {
        if (cpu == self)
            continue;
        if (!cpu->stopped && interrupt[cpu->id]) {
            entry_wait(cpu, ENTRY_IRQ);
            progress = true;
        }
        host_cpu = cpu;
        progress |= cpu->stopped && cross_call_serve(cpu);
    }
    host_cpu = self;
    waited++;
    ck_assert_msg(progress, "CPU %u waits for ever", self->id);
}

unsigned cpus_waited(void)
{
    return waited;
}

void wfi(void)
{
    ck_abort_msg("CPU %u has nothing to run", this_cpu()->id);
}

bool preempt_pending(void)
{
    return false;
}

// ---- kernel entries ----

void entry_wait(struct cpu *cpu, enum cpu_entry entry)
{
    assert(!cpu->stopped);
    cpu->entry = (uint8_t)entry;
    cpu_stopped(cpu);
}

bool entry_begin(struct cpu *cpu)
{
    host_cpu = cpu;
    bool free = local_lock_try(cpu);
    assert(free); // nobody else executes
    return !cpu->stopped || cpu_goes_on(cpu);
}

void entry_end(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    assert(cpu == this_cpu() && t && t->cpu == cpu && t->state == THREAD_READY && !t->run.queued);
    assert(!cpu->stopped && !cpu->work_due);
    assert(cpu->guest_loaded == t->vcpu.user_mode && (!cpu->guest_loaded || cpu->el1_owner == t));
    assert(cpu->space == (t->vcpu.user_mode ? &t->vcpu.user_task->space : &t->task->space));
    assert(vmid_valid(cpu->space));
    local_unlock(cpu);
}

// As in exception.c.
void irq_take(struct cpu *cpu)
{
    if (interrupt[cpu->id]) {
        interrupt[cpu->id] = false;
        cpu->need_resched = true;
        if (!cpu->timer_set)
            sched_arm_timer(cpu);
    } else if (cpu->timer_set <= now) {
        sched_tick(cpu);
        locks_drop(cpu);
    }
}

void interrupt_take(struct cpu *cpu)
{
    if (!entry_begin(cpu))
        assert(!cpu->current); // it is somebody else's interrupt then
    irq_take(cpu);
    exception_finish(cpu);
    entry_end(cpu);
}

void timer_take(struct cpu *cpu)
{
    bool other = interrupt[cpu->id];
    interrupt[cpu->id] = false;
    interrupt_take(cpu);
    interrupt[cpu->id] |= other;
}

void kernel_cpus_init(unsigned count)
{
    static struct vgic_live live[MAX_CPUS];
    num_cpus = count;
    now = waited = 0;
    guests_leave_fast = false;
    error_pending = 0;
    for (unsigned i = 0; i < count; i++) {
        struct cpu *cpu = &cpus[i];
        memset(cpu, 0, sizeof(*cpu));
        cpu->id = i;
        cpu->locks_local = cpu->locks_held = ~((1u << count) - 1) | lock_of(cpu);
        cpu->timer_set = ~0ull;
        cpu->vgic = &live[i];
        cpu->online = true;
        interrupt[i] = false;
        sched_cpu_init(cpu);
        work_init(cpu);
    }
}

// ---- time ----

void time_pass(uint64_t us)
{
    now += us;
}

uint64_t timer_now(void)
{
    return now;
}

uint64_t timer_us_to_ticks(uint64_t us)
{
    return us;
}

void timer_set(uint64_t ticks)
{
    (void)ticks; // irq_take() looks at what the scheduler knows of it
}

// ---- address spaces and guests ----

void vmid_assign(struct space *s)
{
    static uint64_t last;
    assert(global_lock_held());
    s->vttbr = ++last << 48;
}

uint64_t stage2_empty_vttbr(void)
{
    return 0;
}

uint64_t errors_pending(void)
{
    return error_pending ? ISR_A : 0;
}

uint64_t serror_collect(struct cpu *cpu)
{
    (void)cpu;
    uint64_t syndrome = error_pending;
    error_pending = 0;
    return syndrome;
}

static void load(struct cpu *cpu, l4_vcpu_ext_state_t const *e, uint32_t hcr)
{
    (void)e, (void)hcr;
    cpu->guest_exit = guests_leave_fast ? GUEST_EXIT_LRS : GUEST_EXIT_GENERAL;
}

static void save(struct vgic_live *l, l4_vcpu_ext_state_t *e)
{
    (void)l, (void)e;
}

static struct vgic_ops const no_vgic = {.load = load, .save = save};
struct vgic_ops const *vgic = &no_vgic;

void guest_load(struct cpu *cpu, struct thread *t)
{
    assert(cpu == this_cpu() && t == cpu->current && t->vcpu.user_mode && !cpu->guest_loaded);
    for (struct cpu const *other = cpus; other < cpus + num_cpus; other++)
        assert(other == cpu || other->el1_owner != t);
    cpu->guest_loaded = true;
    cpu->el1_owner = t;
    cpu->frame = &vcpu_area(t)->r;
    cpu->space = space_current(t->vcpu.user_task);
    t->vcpu.el1->vgic_loaded = true;
    vgic->load(cpu, vcpu_ext(t), 1);
}

void guest_unload(struct cpu *cpu, struct thread *t)
{
    assert(cpu == this_cpu() && t == cpu->current && cpu->guest_loaded && cpu->el1_owner == t);
    cpu->guest_loaded = false;
    cpu->guest_exit = GUEST_EXIT_GENERAL;
    vcpu_late_error(t, serror_collect(cpu));
    t->vcpu.el1->vgic_loaded = false;
}

void guest_el1_release(struct cpu *cpu)
{
    assert(cpu == this_cpu() && !cpu->guest_loaded);
    cpu->el1_owner = NULL;
}

void guest_quiet(struct cpu *cpu)
{
    (void)cpu;
}
