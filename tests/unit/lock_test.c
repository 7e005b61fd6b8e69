// SPDX-License-Identifier: MIT
// The kernel's locks, with threads of this machine as CPUs. What the locks cover is plain memory, so that
// ThreadSanitizer finds each order that is missing. tests/verify/mutants.py shows what this test finds.
#include "host_cpus.h"
#include "lock/cross_call.h"
#include "lock/lock_set.h"
#include "sched/sched.h"
#include "unit_run.h"

enum { CPUS = 4, ENTRIES = 2000, FIRST_PC = 0x1000 };

char const *__tsan_default_options(void);
char const *__tsan_default_options(void)
{
    return "halt_on_error=1";
}

static struct thread threads[CPUS]; // thread n stays on CPU n

// What the local lock of a CPU covers.
static struct home {
    bool busy;
    unsigned long messages, calls;
} homes[CPUS];

// Read under any lock, written under the global one.
static unsigned receiver; // the CPU of a thread that everybody sends to
static unsigned long moves;

// Each CPU's own.
static struct own {
    _Alignas(CACHE_LINE) uint32_t random;
    bool taken_away; // its thread, in this kernel entry
    bool finished;   // asks nothing of the others any more: they may be gone
    unsigned long sent, called, moved, changed_others, changed_itself, restarts;
} own[CPUS];

static uint32_t finished;

static uint32_t random_below(unsigned c, uint32_t n)
{
    own[c].random = own[c].random * 1664525 + 1013904223;
    return (own[c].random >> 8) % n;
}

// ---- what the locks need of the scheduler ----

void sched_switch(struct cpu *cpu, struct thread *t)
{
    ck_assert_ptr_eq(cpu, this_cpu());
    cpu->current = t;
    own[cpu->id].taken_away = !t;
}

bool sched_enqueue(struct thread *t, bool head)
{
    ck_assert(head && !t->run.queued);
    t->run.queued = true;
    return head;
}

void thread_raise(struct thread *t, uint64_t esr)
{
    ck_abort_msg("no entry here is an error's: %p, %lx", (void *)t, (unsigned long)esr);
}

// ---- kernel entries ----

// Nobody else is at work on what these locks cover.
static void work(lock_set held)
{
    for (unsigned i = 0; i < CPUS; i++) {
        if (!(held & (1u << i)))
            continue;
        ck_assert(!homes[i].busy);
        homes[i].busy = true;
    }
    if (random_below(this_cpu()->id, 4) == 0)
        cpu_relax();
    for (unsigned i = 0; i < CPUS; i++)
        if (held & (1u << i))
            homes[i].busy = false;
}

// As in ipc/syscall.c.
static bool send(struct cpu *cpu, enum cpu_entry entry)
{
    for (;;) {
        lock_set which = lock_of(&cpus[receiver]);
        if (locks_held(cpu, which) || (locks_only_local(cpu) && locks_try(cpu, which)))
            break;
        if (!locks_take(cpu, locks_only_local(cpu) ? which : LOCKS_ALL, entry))
            return false;
    }
    work(lock_of(cpu) | lock_of(&cpus[receiver]));
    homes[receiver].messages++;
    own[cpu->id].sent++;
    return true;
}

// What was read before holds when no lock had to be waited for.
static bool move_receiver(struct cpu *cpu, enum cpu_entry entry)
{
    unsigned before = receiver;
    if (locks_try(cpu, LOCKS_ALL))
        ck_assert_uint_eq(receiver, before);
    else if (!global_lock(cpu, entry))
        return false;
    work(LOCKS_ALL);
    receiver = (receiver + 1) % CPUS;
    moves++;
    own[cpu->id].moved++;
    return true;
}

// The registers of another CPU's thread, which have to be in memory and stay there.
static bool change_other(struct cpu *cpu, enum cpu_entry entry, struct cpu *other)
{
    if (!global_lock(cpu, entry))
        return false;
    cpu_deschedule(other);
    ck_assert_ptr_null(other->current);
    threads[other->id].regs.r[0]++;
    own[cpu->id].changed_others++;
    work(LOCKS_ALL);
    return true;
}

static void called(struct cpu *cpu, void *arg)
{
    ck_assert_ptr_eq(cpu, this_cpu());
    homes[cpu->id].calls++;
    *(unsigned *)arg += cpu->id + 1;
}

static bool call_other(struct cpu *cpu, enum cpu_entry entry, struct cpu *other)
{
    if (!locks_take(cpu, lock_of(other), entry))
        return false;
    unsigned result = 1;
    cross_call(other, called, &result);
    ck_assert_uint_eq(result, other->id + 2);
    own[cpu->id].called++;
    cpu_kick(other);
    return true;
}

// Long work, which lets others in.
static bool let_in(struct cpu *cpu, enum cpu_entry entry)
{
    if (!global_lock(cpu, entry))
        return false;
    work(LOCKS_ALL);
    if (!locks_wanted())
        return true;
    struct thread *t = cpu->current;
    sched_switch(cpu, NULL);
    sched_enqueue(t, true);
    locks_yield(cpu);
    own[cpu->id].taken_away = false; // by itself
    return true;
}

// False: the entry is restarted.
static bool act(struct cpu *cpu, enum cpu_entry entry)
{
    struct cpu *other = &cpus[(cpu->id + 1 + random_below(cpu->id, CPUS - 1)) % CPUS];
    switch (own[cpu->id].finished ? 4 : random_below(cpu->id, 8)) {
    case 0:
        return move_receiver(cpu, entry);
    case 1:
        return change_other(cpu, entry, other);
    case 2:
        return call_other(cpu, entry, other);
    case 3:
        return let_in(cpu, entry);
    case 4:
        work(lock_of(cpu));
        return true;
    default:
        return send(cpu, entry);
    }
}

// The end of an entry, as in exception_finish() and kernel_leave.
static void leave(struct cpu *cpu, struct thread *t)
{
    locks_drop(cpu);
    if (!cpu->current) {
        ck_assert(t->run.queued);
        t->run.queued = false;
        cpu->current = t;
    }
    cpu->need_resched = false;
    local_unlock(cpu);
}

static void enter(struct cpu *cpu, struct thread *t, enum cpu_entry entry)
{
    struct own *o = &own[cpu->id];
    uint64_t before = t->regs.pc;
    if (entry == ENTRY_SYSCALL)
        t->regs.pc += 4;
    o->taken_away = false;
    bool done = local_lock(cpu, entry) && act(cpu, entry);
    ck_assert(done == !o->taken_away);
    leave(cpu, t);
    if (!done)
        o->restarts++;
    ck_assert_uint_eq(t->regs.pc, done && entry == ENTRY_SYSCALL ? before + 4 : before);
}

void host_cpu_main(struct cpu *cpu)
{
    struct thread *t = &threads[cpu->id];
    for (unsigned i = 0; i < ENTRIES; i++) {
        t->regs.r[0]++; // its program
        own[cpu->id].changed_itself++;
        bool irq = host_interrupted() || random_below(cpu->id, 4) == 0;
        enter(cpu, t, irq ? ENTRY_IRQ : ENTRY_SYSCALL);
    }
    own[cpu->id].finished = true;
    __atomic_fetch_add(&finished, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&finished, __ATOMIC_RELAXED) < CPUS) {
        if (host_interrupted())
            enter(cpu, t, ENTRY_IRQ);
        else
            cpu_relax();
    }
}

static void prepare(void)
{
    num_cpus = CPUS;
    for (unsigned i = 0; i < CPUS; i++) {
        struct cpu *cpu = &cpus[i];
        cpu->id = i;
        cpu->locks_local = cpu->locks_held = ~((1u << CPUS) - 1) | lock_of(cpu);
        cpu->current = &threads[i];
        cpu->frame = &threads[i].regs;
        threads[i].cpu = cpu;
        threads[i].state = THREAD_READY;
        threads[i].regs.pc = FIRST_PC;
        own[i].random = i + 1;
    }
}

START_TEST(cpus_exclude_and_call_each_other)
{
    prepare();
    host_run_cpus();
    struct own sum = {0};
    unsigned long messages = 0, calls = 0, registers = 0;
    for (unsigned i = 0; i < CPUS; i++) {
        sum.sent += own[i].sent;
        sum.called += own[i].called;
        sum.moved += own[i].moved;
        sum.changed_others += own[i].changed_others;
        sum.changed_itself += own[i].changed_itself;
        sum.restarts += own[i].restarts;
        messages += homes[i].messages;
        calls += homes[i].calls;
        registers += threads[i].regs.r[0];
        ck_assert_uint_eq(cpus[i].lock.word, 0);
        ck_assert_uint_eq(cpus[i].locks_held, cpus[i].locks_local);
    }
    ck_assert_uint_eq(messages, sum.sent);
    ck_assert_uint_eq(calls, sum.called);
    ck_assert_uint_eq(moves, sum.moved);
    ck_assert_uint_eq(registers, sum.changed_others + sum.changed_itself);
    ck_assert_uint_gt(sum.restarts, 0);
}
END_TEST

// Who waits gets the lock in the order of arrival, and nobody passes.
START_TEST(lock_is_fair)
{
    struct lock l = {0};
    ck_assert(lock_try(&l));
    ck_assert(!lock_try(&l));
    uint32_t first = lock_queue(&l), second = lock_queue(&l);
    ck_assert(!lock_poll(&l, first));
    lock_release(&l);
    ck_assert(!lock_try(&l));
    ck_assert(!lock_poll(&l, second));
    ck_assert(lock_poll(&l, first));
    ck_assert(!lock_poll(&l, second));
    lock_release(&l);
    ck_assert(!lock_try(&l));
    ck_assert(lock_poll(&l, second));
    lock_release(&l);
    ck_assert(lock_try(&l));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("lock");
    TCase *c = tcase_create("lock");
    tcase_set_timeout(c, 240); // threads wait for each other on a busy machine, too
    tcase_add_test(c, lock_is_fair);
    tcase_add_test(c, cpus_exclude_and_call_each_other);
    suite_add_tcase(s, c);
    return unit_run(s);
}
