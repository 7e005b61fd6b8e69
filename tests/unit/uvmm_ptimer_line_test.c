// SPDX-License-Identifier: MIT
// The physical timers' interrupts: which line is set when, and when the event thread wakes.
#include "unit_run.h"
#include "vcpu/ptimer_line.h"
#include "vcpu/timer.h"
#include "vcpu/vcpu.h"
#include "vm.h"

#include <check.h>
#include <l4/sys/kip.h>

#define NOW 0x100000000000ull
#define CPUS 3

enum { FREQUENCY = 50000000, TICKS_PER_US = 50, TIMER_INTID = 30 };

struct vm vm;
static struct vcpu cpus[CPUS];
static uint64_t count;
static bool line[CPUS];
static unsigned changes, triggers;
static struct srv_object *registered;
static struct srv_timer *armed;
static uint64_t armed_at;

uint64_t timer_counter(void) { return count; }
uint64_t timer_frequency(void) { return FREQUENCY; }
void fp_protect(void) {}
void fatal(char const *fmt, ...) { ck_abort_msg("%s", fmt); }
l4_kernel_info_t const *l4re_kip(void) { return NULL; }
l4_kernel_clock_t l4_kip_clock(l4_kernel_info_t const *kip)
{
    (void)kip;
    return count / TICKS_PER_US;
}

void vgic_set_line(struct vgic *g, unsigned cpu, unsigned intid, bool level)
{
    ck_assert_ptr_eq(g, &vm.gic);
    ck_assert_uint_eq(intid, TIMER_INTID);
    ck_assert(line[cpu] != level);
    line[cpu] = level;
    changes++;
}

int srv_register_irq(struct srv *s, struct srv_object *o)
{
    ck_assert_ptr_eq(s, &vm.events);
    ck_assert_ptr_null(registered);
    registered = o;
    o->cap = 0x5000;
    return 0;
}

void srv_timer_arm(struct srv *s, struct srv_timer *t, l4_uint64_t abs_us)
{
    (void)s;
    armed = t;
    armed_at = abs_us;
}

void srv_timer_cancel(struct srv *s, struct srv_timer *t)
{
    (void)s;
    ck_assert(!armed || armed == t);
    armed = NULL;
}

static l4_utcb_t utcb;
l4_utcb_t *l4_utcb(void) { return &utcb; }

l4_msgtag_t l4_invoke(l4_msgtag_t tag, l4_umword_t *label, l4_umword_t dest, l4_timeout_t to)
{
    (void)label;
    (void)to;
    ck_assert_ptr_nonnull(registered);
    ck_assert_uint_eq(dest & ~0xffful, registered->cap);
    triggers++;
    return tag;
}

static void setup(void)
{
    vm.cpus = cpus;
    vm.num_cpus = CPUS;
    for (unsigned i = 0; i < CPUS; i++)
        cpus[i].id = i;
    count = NOW;
    ptimer_init();
    ptimer_connect(TIMER_INTID);
}

static void set(unsigned cpu, uint64_t cval, uint64_t ctl)
{
    ptimer_set(&cpus[cpu], PTIMER_CVAL, cval);
    ptimer_set(&cpus[cpu], PTIMER_CTL, ctl);
}

// What the event loop does with the message.
static void receive(void)
{
    ck_assert_uint_gt(triggers, 0);
    triggers = 0;
    registered->ops->dispatch(registered, 0, l4_msgtag(L4_PROTO_IRQ, 0, 0, 0), &utcb);
}

// The time comes for which the timer was armed.
static void alarm_at(uint64_t ticks)
{
    struct srv_timer *t = armed;
    count = ticks;
    ck_assert_ptr_nonnull(t);
    ck_assert_uint_le(armed_at, count / TICKS_PER_US);
    armed = NULL;
    t->expired(t);
}

START_TEST(nothing_at_first)
{
    set(0, NOW, 0);
    set(0, ~0ull, PTIMER_ENABLE);
    ck_assert_uint_eq(ptimer_get(&cpus[0], PTIMER_CTL), PTIMER_ENABLE);
    ptimer_reset(&cpus[0]);
    ck_assert_ptr_null(registered);
    ck_assert_uint_eq(changes, 0);
}
END_TEST

START_TEST(expired_at_once)
{
    set(1, NOW, PTIMER_ENABLE);
    ck_assert(line[1]);
    set(1, NOW, PTIMER_ENABLE | PTIMER_IMASK);
    ck_assert(!line[1]);
    ptimer_set(&cpus[1], PTIMER_CTL, PTIMER_ENABLE);
    ck_assert(line[1]);
    ptimer_reset(&cpus[1]);
    ck_assert(!line[1] && !line[0] && !line[2]);
    ck_assert_uint_eq(ptimer_get(&cpus[1], PTIMER_CVAL), 0);
    ck_assert_ptr_null(registered);
}
END_TEST

START_TEST(at_the_deadline)
{
    set(0, NOW + 1001, PTIMER_ENABLE);
    receive();
    ck_assert_uint_eq(armed_at, (NOW + 1001 + TICKS_PER_US) / TICKS_PER_US);
    ck_assert_uint_eq(changes, 0);
    alarm_at(NOW + 1001 + TICKS_PER_US);
    ck_assert(line[0]);
    ck_assert_ptr_null(armed);
}
END_TEST

START_TEST(woken_too_early)
{
    set(0, NOW + 10000, PTIMER_ENABLE);
    receive();
    armed_at = 0;
    alarm_at(NOW + 9999);
    ck_assert(!line[0]);
    alarm_at(NOW + 10050);
    ck_assert(line[0]);
}
END_TEST

START_TEST(status_that_is_read_is_on_the_line)
{
    set(0, NOW + 100, PTIMER_ENABLE);
    count = NOW + 100;
    ck_assert_uint_eq(ptimer_get(&cpus[0], PTIMER_CTL), PTIMER_ENABLE | PTIMER_ISTATUS);
    ck_assert(line[0]);
}
END_TEST

START_TEST(only_the_first_of_all_is_told)
{
    set(0, NOW + 3000, PTIMER_ENABLE);
    receive();
    set(1, NOW + 4000, PTIMER_ENABLE);
    set(0, NOW + 5000, PTIMER_ENABLE); // looks at 3000, then at 4000
    ck_assert_uint_eq(triggers, 0);
    set(2, NOW + 2000, PTIMER_ENABLE);
    receive();
    alarm_at(NOW + 2100);
    ck_assert(line[2] && !line[0] && !line[1]);
    ck_assert_uint_eq(armed_at, (NOW + 4000) / TICKS_PER_US + 1);
    alarm_at(NOW + 4100);
    ck_assert(line[1] && !line[0]);
    alarm_at(NOW + 5100);
    ck_assert(line[0]);
    ck_assert_ptr_null(armed);
}
END_TEST

START_TEST(withdrawn)
{
    set(0, NOW + 1000, PTIMER_ENABLE);
    receive();
    ptimer_set(&cpus[0], PTIMER_CTL, 0);
    alarm_at(NOW + 1100);
    ck_assert_uint_eq(changes, 0);
    ck_assert_ptr_null(armed);
    set(0, NOW + 2000, PTIMER_ENABLE);
    receive();
    ck_assert_ptr_nonnull(armed);
}
END_TEST

START_TEST(in_a_thousand_years)
{
    set(0, ~0ull - 1, PTIMER_ENABLE);
    receive();
    ck_assert_ptr_null(armed);
    set(0, NOW + 100, PTIMER_ENABLE);
    receive();
    ck_assert_ptr_nonnull(armed);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uvmm_ptimer_line");
    TCase *c = tcase_create("line");
    tcase_add_checked_fixture(c, setup, NULL);
    tcase_add_test(c, nothing_at_first);
    tcase_add_test(c, expired_at_once);
    tcase_add_test(c, at_the_deadline);
    tcase_add_test(c, woken_too_early);
    tcase_add_test(c, status_that_is_read_is_on_the_line);
    tcase_add_test(c, only_the_first_of_all_is_told);
    tcase_add_test(c, withdrawn);
    tcase_add_test(c, in_a_thousand_years);
    suite_add_tcase(s, c);
    return unit_run(s);
}
