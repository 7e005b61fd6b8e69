// SPDX-License-Identifier: MIT
// A vCPU's accesses set its line at once. For a deadline that is still to come, while the guest runs or sleeps, they hand
// over to the event thread: it sleeps until the first of all deadlines, and is told of one that comes before.
#include "vcpu/ptimer_line.h"

#include "lock.h"
#include "log.h"
#include "vcpu/timer.h"
#include "vcpu/vcpu.h"
#include "vm.h"

#include <l4/sys/irq.h>
#include <l4/sys/kip.h>

static struct lock lock;       // of all timers, and of what follows
static unsigned interrupt;     // 0: none
static bool is_serving;        // `sooner` exists
static uint64_t next_look = PTIMER_NEVER; // when the event thread looks, at the latest
static struct srv_object sooner; // tells the event thread of an earlier deadline

// With the lock held, so that what was true later is also set later.
static void update_line(struct vcpu *v, uint64_t count)
{
    bool level = ptimer_level(&v->ptimer, count);
    if (level == v->ptimer_line)
        return;
    v->ptimer_line = level;
    if (interrupt)
        vgic_set_line(&vm.gic, v->id, interrupt, level);
}

// ---- the event thread ----

static uint64_t update_all(uint64_t count)
{
    uint64_t first = PTIMER_NEVER;
    for (unsigned i = 0; i < vm.num_cpus; i++) {
        struct vcpu *v = &vm.cpus[i];
        update_line(v, count);
        uint64_t deadline = ptimer_deadline(&v->ptimer, count);
        first = deadline < first ? deadline : first;
    }
    return first;
}

static void look(struct srv_timer *t)
{
    // The clock first: when something comes between the two, this is early, and looks again.
    uint64_t clock = l4_kip_clock(l4_kip());
    lock_acquire(&lock);
    uint64_t count = timer_counter();
    uint64_t first = next_look = update_all(count);
    lock_release(&lock);

    uint64_t us = first == PTIMER_NEVER ? TIMER_NEVER : timer_us(first - count);
    if (us == TIMER_NEVER)
        srv_timer_cancel(&vm.events, t);
    else
        srv_timer_arm(&vm.events, t, clock + us + 1); // the deadline is within that microsecond
}

static struct srv_timer alarm = {.expired = look};

static l4_msgtag_t look_now(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)o;
    (void)rights;
    (void)tag;
    (void)u;
    look(&alarm);
    return SRV_NO_REPLY;
}

static struct srv_ops const sooner_ops = {.dispatch = look_now, .name = "timer", .proto = L4_PROTO_IRQ};

static void start_serving(void)
{
    fp_protect();
    sooner.ops = &sooner_ops;
    int err = srv_register_irq(&vm.events, &sooner);
    if (err)
        fatal("physical timer: cannot create an IRQ object: error %d", err);
    is_serving = true;
}

// ---- the vCPU's thread ----

// With the lock held. Returns whether the event thread has to be told.
static bool is_sooner(struct vcpu const *v, uint64_t count)
{
    uint64_t deadline = ptimer_deadline(&v->ptimer, count);
    if (!interrupt || deadline >= next_look)
        return false; // a later one costs a look too many, but no message
    next_look = deadline;
    if (!is_serving)
        start_serving();
    return true;
}

uint64_t ptimer_get(struct vcpu *v, enum ptimer_reg reg)
{
    lock_acquire(&lock);
    uint64_t count = timer_counter();
    update_line(v, count); // whoever reads ISTATUS finds the interrupt pending
    uint64_t value = ptimer_read(&v->ptimer, reg, count);
    lock_release(&lock);
    return value;
}

void ptimer_set(struct vcpu *v, enum ptimer_reg reg, uint64_t value)
{
    lock_acquire(&lock);
    uint64_t count = timer_counter();
    ptimer_write(&v->ptimer, reg, value, count);
    update_line(v, count);
    bool tell = is_sooner(v, count);
    lock_release(&lock);
    if (tell)
        l4_irq_trigger(sooner.cap);
}

void ptimer_reset(struct vcpu *v)
{
    lock_acquire(&lock);
    v->ptimer = (struct ptimer){0};
    update_line(v, 0);
    lock_release(&lock);
}

void ptimer_init(void)
{
    lock_init(&lock);
}

void ptimer_connect(unsigned intid)
{
    interrupt = intid;
}
