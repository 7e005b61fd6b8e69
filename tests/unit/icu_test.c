// SPDX-License-Identifier: MIT
// The interrupt controller's operations while another thread writes into the caller's UTCB: they act on the line that
// they have checked.
#include <arch/gic.h>
#include <arch/psci.h>
#include <arch/timer.h>
#include <arch/vgic.h>
#include "debug/console.h"
#include "ipc/invocation.h"
#include "mem/kmem.h"
#include "object/cap_argument.h"
#include "object/icu.h"
#include "unit_run.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>
#include <stdlib.h>
#include <string.h>

enum { BIND, UNBIND, INFO, MSI_INFO, UNMASK, MASK, SET_MODE };
enum { LINE = 40, TIMER = 26, LINES = 64, LEVEL = 3 };

unsigned timer_irq = TIMER, vtimer_irq = 27, vgic_maintenance_irq = 25, gic_num_irqs = LINES;
struct quota quota_root = {.refs = 1};
struct cpu cpus[MAX_CPUS];
static struct irq irq = {.obj.type = OBJ_IRQ}, second_irq = {.obj.type = OBJ_IRQ}, *argument = &irq;
static struct thread caller;
static l4_utcb_t utcb;
static unsigned touched[LINES]; // how often a line was touched

static void touch(unsigned intid)
{
    ck_assert_uint_lt(intid, LINES);
    touched[intid]++;
}

static bool set_level(unsigned intid, bool level)
{
    (void)level;
    touch(intid);
    return true;
}

static void set_cpu(unsigned intid, unsigned id)
{
    (void)id;
    touch(intid);
}

static struct gic_ops const fake_gic = {.mask = touch, .unmask = touch, .set_level = set_level, .set_cpu = set_cpu};
struct gic_ops const *gic = &fake_gic;

void *kmem_alloc(struct quota *q, size_t size)
{
    (void)q;
    return calloc(1, size);
}

void irq_pin_changed(struct irq *i)
{
    (void)i;
}

uint64_t objects_made;
struct object_ops const *const object_ops[OBJ_TYPES] = {[OBJ_ICU] = &icu_ops};

uint64_t cap_argument(struct invocation *in, struct operation const *op)
{
    ck_assert_uint_eq(op->arg, ARG_IRQ);
    in->arg = &argument->obj;
    return 0;
}

uint32_t irq_locks(struct irq const *i)
{
    (void)i;
    abort();
}

void irq_handle(struct irq *i)
{
    (void)i;
    abort();
}

static unsigned machine_off, machine_reset, flushed;

void console_flush(void)
{
    flushed++;
}

void psci_system_off(void)
{
    ck_assert(flushed); // nothing of the last words is lost
    machine_off++;
}

void psci_system_reset(void)
{
    machine_reset++;
}

// Invokes with three words, which are others as soon as the operation has begun.
static int64_t invoke(uint64_t op, uint64_t w1, uint64_t w2)
{
    static uint64_t const later[] = {BIND, TIMER, LEVEL, 1000};
    int64_t label = 0;
    for (unsigned i = 0; i < sizeof(later) / sizeof(*later); i++) {
        utcb.msg.mr[0] = op;
        utcb.msg.mr[1] = w1;
        utcb.msg.mr[2] = w2;
        struct invocation in = {.caller = &caller, .obj = icu_object(), .rights = CAP_ALL};
        in.tag = tag_make(L4_PROTO_IRQ, 3, 1, 0);
        invocation_copy_words(&in, &utcb, 3);
        for (unsigned word = 0; word < 3; word++)
            utcb.msg.mr[word] = later[i];
        label = tag_label(operation_run(&in, operation_find(&in)));
    }
    return label;
}

START_TEST(words_change)
{
    caller.utcb = &utcb;
    ck_assert_int_eq(invoke(BIND, LINE, 0), 0);
    ck_assert_int_eq(irq.pin, LINE);
    memset(touched, 0, sizeof(touched));
    invoke(UNMASK, LINE, 0);
    ck_assert_uint_eq(touched[LINE], 4);
    invoke(MASK, LINE, 0);
    ck_assert_uint_eq(touched[LINE], 8);
    ck_assert_int_eq(invoke(SET_MODE, LINE, LEVEL), 0);
    ck_assert_uint_eq(touched[LINE], 12);
    ck_assert(irq.level);
    for (unsigned i = 0; i < LINES; i++)
        ck_assert_uint_eq(touched[i], i == LINE ? 12 : 0);
    ck_assert_int_eq(invoke(SET_MODE, TIMER, LEVEL), -L4_EINVAL);
}
END_TEST

static int64_t once(uint64_t op, uint64_t pin, struct irq *i)
{
    argument = i;
    utcb.msg.mr[0] = op;
    utcb.msg.mr[1] = pin;
    utcb.msg.mr[2] = LEVEL;
    struct invocation in = {.caller = &caller, .obj = icu_object(), .rights = CAP_ALL};
    in.tag = tag_make(L4_PROTO_IRQ, 3, 1, 0);
    invocation_copy_words(&in, &utcb, 3);
    return tag_label(operation_run(&in, operation_find(&in)));
}

static void console(void)
{
}

// SGIs, what the kernel lives on, its console, and what is not there.
START_TEST(lines_that_users_cannot_have)
{
    enum { CONSOLE = 33 };
    uint64_t const lines[] = {0, 15, TIMER, vtimer_irq, vgic_maintenance_irq, CONSOLE, LINES, LINES + 1, 1ull << 32, ~0ull};
    caller.utcb = &utcb;
    icu_reserve(CONSOLE, true, console);
    memset(touched, 0, sizeof(touched));
    for (unsigned i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        ck_assert_int_eq(once(BIND, lines[i], &irq), -L4_EINVAL);
        ck_assert_int_eq(once(UNBIND, lines[i], &irq), -L4_EINVAL);
        ck_assert_int_eq(once(SET_MODE, lines[i], &irq), -L4_EINVAL);
        once(UNMASK, lines[i], &irq);
        once(MASK, lines[i], &irq);
    }
    for (unsigned i = 0; i < LINES; i++)
        ck_assert_uint_eq(touched[i], 0);
    ck_assert_ptr_null(irq.pin_slot);
    ck_assert_int_eq(once(BIND, 16, &irq), 0);
    ck_assert_int_eq(once(BIND, LINES - 1, &irq), 0);
}
END_TEST

START_TEST(lines_of_others)
{
    caller.utcb = &utcb;
    ck_assert_int_eq(once(BIND, LINE, &irq), 0);
    ck_assert_int_eq(once(BIND, LINE, &irq), 0); // again
    ck_assert_int_eq(once(BIND, LINE, &second_irq), -L4_EINVAL);
    ck_assert_int_eq(once(UNBIND, LINE, &second_irq), -L4_EINVAL);
    ck_assert_int_eq(once(BIND, LINE + 1, &second_irq), 0);
    ck_assert_int_eq(once(UNBIND, LINE, &second_irq), -L4_EINVAL);
    ck_assert_ptr_eq(*irq.pin_slot, &irq);
    ck_assert_int_eq(once(UNBIND, LINE, &irq), 0);
    ck_assert_int_eq(once(BIND, LINE, &second_irq), 0); // leaves the other one
    ck_assert_int_eq(once(BIND, LINE + 1, &irq), 0);
}
END_TEST

enum { SUSPEND, SHUTDOWN, ALLOW_CPU_OFF };

static int64_t platform(uint64_t op, uint64_t w1, unsigned words, uint32_t rights)
{
    utcb.msg.mr[0] = op;
    utcb.msg.mr[1] = w1;
    struct invocation in = {.caller = &caller, .obj = icu_object(), .rights = rights};
    in.tag = tag_make(L4_PROTO_NONE, words, 0, 0);
    invocation_copy_words(&in, &utcb, words);
    return tag_label(operation_run(&in, operation_find(&in)));
}

START_TEST(machine_needs_a_right)
{
    caller.utcb = &utcb;
    for (uint64_t op = 0; op < 5; op++)
        for (unsigned words = op == SHUTDOWN ? 2 : 1; words < (op == SHUTDOWN ? 3 : 4); words++)
            ck_assert_int_eq(platform(op, op & 1, words, CAP_ALL & ~(uint32_t)CAP_S), -L4_EPERM);
    ck_assert_uint_eq(machine_off + machine_reset, 0);
    ck_assert_int_eq(platform(SHUTDOWN, 0, 0, CAP_ALL), -L4_EMSGTOOSHORT);
    ck_assert_int_eq(platform(SHUTDOWN, 0, 1, CAP_ALL), -L4_EINVAL);
    ck_assert_int_eq(platform(SUSPEND, 0, 2, CAP_S), -L4_ENOSYS);
    ck_assert_int_eq(platform(ALLOW_CPU_OFF, 1, 3, CAP_S), 0);
    ck_assert_uint_eq(machine_off + machine_reset, 0);
    ck_assert_int_eq(platform(SHUTDOWN, 0, 2, CAP_S), -L4_ENOSYS); // as far as it comes back
    ck_assert_uint_eq(machine_off, 1);
    ck_assert_int_eq(platform(SHUTDOWN, 1, 2, CAP_S), -L4_ENOSYS);
    ck_assert_uint_eq(machine_reset, 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("icu");
    TCase *t = tcase_create("words");
    tcase_add_test(t, words_change);
    tcase_add_test(t, lines_that_users_cannot_have);
    tcase_add_test(t, lines_of_others);
    tcase_add_test(t, machine_needs_a_right);
    suite_add_tcase(s, t);
    return unit_run(s);
}
