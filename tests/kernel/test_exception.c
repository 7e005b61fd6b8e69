// SPDX-License-Identifier: MIT
// Exception messages, their answers, exceptions by ex_regs, alien threads (kernel-abi 4.4, 4.17).
#include "harness.h"

#include <string.h>

extern char exc_undef[], exc_after[], exc_loop[];
enum { EC_UNKNOWN = 0, EC_SVC = 0x15, EC_BRK = 0x3c, EC_EX_REGS = 0x3e };
static l4_cap_idx_t gate;

static void set_handler(l4_cap_idx_t t, bool alien)
{
    l4_thread_control_start();
    l4_thread_control_exc_handler(gate);
    if (alien)
        l4_thread_control_alien(1);
    l4_thread_control_commit(t);
}

// The next exception message; its class, or a negative IPC error.
static int64_t next_exception(l4_exc_regs_t *e)
{
    l4_umword_t label;
    l4_msgtag_t t = l4_ipc_wait(l4_utcb(), &label, recv_us(LIMIT_US));
    if (l4_msgtag_has_error(t))
        return -ipc_err(t);
    if (l4_msgtag_label(t) != L4_PROTO_EXCEPTION || l4_msgtag_words(t) != 40)
        return -1000;
    *e = *l4_utcb_exc();
    return (int64_t)l4_utcb_exc_typeval(e);
}

static void answer(l4_exc_regs_t const *e, unsigned words)
{
    if (e)
        *l4_utcb_exc() = *e;
    l4_ipc_reply(l4_utcb(), l4_msgtag(0, words, 0, 0), L4_IPC_SEND_TIMEOUT_0);
}

struct faulter {
    unsigned volatile stage;
    uint64_t volatile tls, x5;
    double volatile d;
};

static void faults(void *arg)
{
    struct faulter *f = arg;
    asm volatile("msr tpidr_el0, %0" ::"r"(0x7777000ul));
    double d = 1.5;
    f->stage = 1;
    uint64_t x5 = 5;
    asm volatile("mov x5, %1\n\t.globl exc_undef\nexc_undef: .inst 0\n\t.globl "
                 "exc_after\nexc_after: mov %0, x5"
                 : "=r"(x5)
                 : "r"(x5)
                 : "x5", "memory");
    f->x5 = x5;
    uint64_t tls;
    asm volatile("mrs %0, tpidr_el0" : "=r"(tls));
    f->tls = tls;
    f->d = d;
    f->stage = 2;
    l4_sleep_forever();
}

static void undefined(unsigned cpu)
{
    struct faulter f = {0};
    l4_exc_regs_t e;
    l4_cap_idx_t t = thread_make(faults, &f, HIGH, cpu);
    set_handler(t, false);
    thread_start(t);
    check_eq(next_exception(&e), EC_UNKNOWN, "an undefined instruction comes as exception message");
    check(e.pc == (l4_addr_t)exc_undef && e.r[5] == 5, "with the registers");
    check_eq((int64_t)e.tpidrurw, 0x7777000, "and the thread pointer of the moment");
    answer(0, 3);
    check_eq(next_exception(&e), EC_UNKNOWN, "an answer with few words changes nothing: again");
    e.pc = (l4_addr_t)exc_after;
    e.r[5] = 55;
    answer(&e, 40);
    check(wait_value(&f.stage, 2, 500) && f.x5 == 55, "the answer sets pc and registers");
    check_eq((int64_t)f.tls, 0x7777000, "the thread pointer stays");
    thread_delete(t);

    f = (struct faulter){0};
    t = thread_make(faults, &f, HIGH, cpu);
    set_handler(t, false);
    thread_start(t);
    next_exception(&e);
    l4_addr_t ip = (l4_addr_t)exc_after, sp = ~0ul;
    l4_umword_t flags = 0;
    check_eq(l4_error(l4_thread_ex_regs_ret(t, &ip, &sp, &flags)), 0,
             "ex_regs on a thread in an exception");
    check_eq((int64_t)ip, (int64_t)exc_undef, "tells the old pc");
    l4_usleep(500);
    check_eq(f.stage, 1, "and changes nothing without cancel");
    l4_thread_ex_regs(t, (l4_addr_t)exc_after, ~0ul, L4_THREAD_EX_REGS_CANCEL);
    check(wait_value(&f.stage, 2, 500), "with cancel the thread continues there");
    thread_delete(t);

    static uint32_t const modes[] = {0x3c5, 0x3c4, 0x3c9, 0x3cd, 0x3c0 | 1 << 4, 0x3c0 | 1 << 20};
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++) {
        f = (struct faulter){0};
        t = thread_make(faults, &f, HIGH, cpu);
        set_handler(t, false);
        thread_start(t);
        next_exception(&e);
        e.pstate = modes[i];
        e.pc = (l4_addr_t)exc_after;
        answer(&e, 40);
        check_eq(next_exception(&e), 0x0e, "PSTATE of another level is an illegal state");
        thread_delete(t);
    }
}

// ---- external aborts ----

enum { CLOCK = 0x9010000, PERIPH_ID0 = 0xfe0, ID_PL031 = 0x31 }; // of QEMU's virt
enum { NO_DEVICE = 0xb000000, EC_DATA_ABORT = 0x24, STATUS = 0x3f, EXTERNAL = 0x10 }; // nothing answers there on QEMU's virt

static void touches_nothing(void *arg)
{
    struct faulter *f = arg;
    f->stage = 1;
    asm volatile("ldr wzr, [%0]" ::"r"((uintptr_t)NO_DEVICE) : "memory");
    f->stage = 2;
    l4_sleep_forever();
}

// A pager would map the page again, and again.
static void external(unsigned cpu)
{
    struct faulter f = {0};
    l4_exc_regs_t e;
    if (!iomem_map(CLOCK) || *(uint32_t volatile *)(uintptr_t)(CLOCK + PERIPH_ID0) != ID_PL031 || !iomem_map(NO_DEVICE))
        return; // another machine
    l4_cap_idx_t t = thread_make(touches_nothing, &f, HIGH, cpu);
    set_handler(t, false);
    thread_start(t);
    check_eq(next_exception(&e), EC_DATA_ABORT, "a device that does not answer is an exception, not a page fault");
    check_eq((int64_t)(e.err & STATUS), EXTERNAL, "an external abort");
    e.pc += 4;
    answer(&e, 40);
    check(wait_value(&f.stage, 2, 500), "the thread goes on behind it");
    thread_delete(t);
}

// ---- what the programs' own guards find (userland/lib/ssp) ----

enum { GUARDED = 16, TOO_FAR = GUARDED + 24 };
static unsigned volatile too_far = TOO_FAR;

static void writes_too_far(void *arg)
{
    (void)arg;
    char buffer[GUARDED];
    char volatile *p = buffer;
    for (unsigned i = 0; i < too_far; i++)
        p[i] = 'x';
}

static void copies_too_far(void *arg)
{
    (void)arg;
    static char const text[TOO_FAR];
    char buffer[GUARDED];
    memcpy(buffer, text, too_far);
    asm volatile("" ::"r"(buffer) : "memory");
}

static void guarded(void (*wrong)(void *), char const *name)
{
    l4_exc_regs_t e;
    l4_cap_idx_t t = thread_make(wrong, NULL, HIGH, 0);
    set_handler(t, false);
    thread_start(t);
    check_eq(next_exception(&e), EC_BRK, name);
    thread_delete(t);
}

static void no_handler(void)
{
    struct faulter f = {0};
    l4_cap_idx_t t = thread_run(faults, &f, HIGH, 0);
    settle();
    check_eq(f.stage, 1, "an exception without handler stops the thread");
    l4_thread_ex_regs(t, (l4_addr_t)exc_after, ~0ul, L4_THREAD_EX_REGS_CANCEL);
    check(wait_value(&f.stage, 2, 500), "ex_regs with cancel gets it going");
    thread_delete(t);
}

enum { FLOOD_FAULTS = 400 };

struct flood {
    l4_cap_idx_t faulter;
    struct faulter f;
    unsigned volatile done;
};

// Lets a thread of higher priority fault again and again; there is no handler.
static void flood(void *arg)
{
    struct flood *d = arg;
    for (unsigned n = 1; n < FLOOD_FAULTS; n++)
        l4_thread_ex_regs(d->faulter, (l4_addr_t)exc_undef, ~0ul, L4_THREAD_EX_REGS_CANCEL);
    d->done = 1;
    l4_sleep_forever();
}

// The kernel says no more than a person can read, but all is accounted for: tests/system counts.
static void lines_at_will(void)
{
    enum { TOLD_US = 1000000 };
    struct flood d[2] = {0};
    l4_cap_idx_t driver[2];
    unsigned cpus = second_cpu() + 1;
    print("# flood begins\n");
    uint64_t begin = now_us();
    for (unsigned i = 0; i < cpus; i++) {
        d[i].faulter = thread_run(faults, &d[i].f, HIGH, i);
        wait_value(&d[i].f.stage, 1, 500);
        driver[i] = thread_make(flood, &d[i], LOW, i);
    }
    settle();
    for (unsigned i = 0; i < cpus; i++)
        thread_start(driver[i]);
    bool all = true;
    for (unsigned i = 0; i < cpus; i++)
        all &= wait_value(&d[i].done, 1, 5000);
    l4_usleep(TOLD_US);
    print("# flood ends: ");
    print_num(FLOOD_FAULTS * (int64_t)cpus);
    print(" faults in ");
    print_num((int64_t)(now_us() - begin) / 1000);
    print(" ms\n");
    check(all, "threads without handler that fault all the time");
    for (unsigned i = 0; i < cpus; i++) {
        thread_delete(driver[i]);
        thread_delete(d[i].faulter);
    }
}

// ---- exceptions on request ----

static void spins(void *arg)
{
    struct faulter *f = arg;
    f->stage = 1;
    asm volatile(".globl exc_loop\nexc_loop: b exc_loop");
    for (;;)
        ;
}

static void sleeps(void *arg)
{
    ((struct faulter *)arg)->stage = 1;
    l4_sleep_forever();
}

static void downs(void *arg)
{
    struct faulter *f = arg;
    f->stage = 1;
    l4_semaphore_down((l4_cap_idx_t)f->tls, L4_IPC_NEVER);
    f->stage = 2;
    l4_sleep_forever();
}

static void echo(void *arg)
{
    struct faulter *f = arg;
    l4_umword_t label;
    f->stage = 1;
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    f->stage = 2;
    for (;;)
        l4_ipc_reply_and_wait(l4_utcb(), l4_msgtag(0, 0, 0, 0), &label, L4_IPC_SEND_TIMEOUT_0);
}

static void on_request(unsigned cpu)
{
    l4_exc_regs_t e = {0};
    struct faulter f = {0};
    l4_cap_idx_t t = thread_make(spins, &f, LOW, cpu);
    set_handler(t, false);
    thread_start(t);
    wait_value(&f.stage, 1, 500);
    l4_usleep(1000);
    l4_thread_ex_regs(t, ~0ul, ~0ul, L4_THREAD_EX_REGS_TRIGGER_EXCEPTION);
    check_eq(next_exception(&e), EC_EX_REGS, "a running thread is made to raise an exception");
    check(e.pc == (l4_addr_t)exc_loop && e.err == (uint64_t)EC_EX_REGS << 26, "where it was");
    thread_delete(t);

    f.stage = 0;
    t = thread_make(sleeps, &f, HIGH, cpu);
    set_handler(t, false);
    thread_start(t);
    wait_value(&f.stage, 1, 500);
    settle();
    l4_thread_ex_regs(t, ~0ul, ~0ul, L4_THREAD_EX_REGS_TRIGGER_EXCEPTION);
    l4_umword_t label;
    check_eq(ipc_err(l4_ipc_wait(l4_utcb(), &label, recv_us(2000))), L4_IPC_RETIMEOUT,
             "not in the middle of an IPC");
    l4_thread_ex_regs(t, ~0ul, ~0ul, L4_THREAD_EX_REGS_CANCEL);
    check_eq(next_exception(&e), EC_EX_REGS, "but at its end");
    thread_delete(t);

    f = (struct faulter){.tls = slot_alloc()};
    l4_factory_create_semaphore(L4_BASE_FACTORY_CAP, f.tls);
    t = thread_make(downs, &f, HIGH, cpu);
    set_handler(t, false);
    thread_start(t);
    wait_value(&f.stage, 1, 500);
    settle();
    l4_thread_ex_regs(t, ~0ul, ~0ul, L4_THREAD_EX_REGS_TRIGGER_EXCEPTION);
    l4_semaphore_up(f.tls);
    check(next_exception(&e) == EC_EX_REGS && f.stage == 1, "at the end of a semaphore down");
    thread_delete(t);
    slot_free(f.tls, true);

    // The thread is in an open wait and is called: the fast path must not lose the exception
    f = (struct faulter){0};
    t = thread_make(echo, &f, LOW, cpu);
    set_handler(t, false);
    thread_start(t);
    wait_value(&f.stage, 1, 500);
    settle();
    l4_cap_idx_t server_gate = slot_alloc();
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, server_gate, t, 0x10);
    l4_thread_ex_regs(t, ~0ul, ~0ul, L4_THREAD_EX_REGS_TRIGGER_EXCEPTION);
    l4_ipc_send(server_gate, l4_utcb(), l4_msgtag(0, 1, 0, 0), both_us(LIMIT_US));
    check(next_exception(&e) == EC_EX_REGS && f.stage == 1, "at the end of a wait, by a message");
    thread_delete(t);
    slot_free(server_gate, true);
}

// Two threads of the same priority have an exception to send, when neither runs.
static void both_on_request(unsigned cpu)
{
    l4_exc_regs_t e = {0};
    struct faulter f[2] = {{0}, {0}};
    l4_cap_idx_t t[2];
    for (unsigned i = 0; i < 2; i++) {
        t[i] = thread_make(spins, &f[i], LOW, cpu);
        set_handler(t[i], false);
        thread_start(t[i]);
    }
    bool good = wait_value(&f[0].stage, 1, 500) && wait_value(&f[1].stage, 1, 500);
    for (unsigned i = 0; i < 2; i++)
        l4_thread_ex_regs(t[i], ~0ul, ~0ul, L4_THREAD_EX_REGS_TRIGGER_EXCEPTION);
    for (unsigned i = 0; i < 2; i++)
        good &= next_exception(&e) == EC_EX_REGS;
    check(good, "two threads of one priority are made to raise an exception");
    for (unsigned i = 0; i < 2; i++)
        thread_delete(t[i]);
}

// ---- a chain: each thread's handler is the next one ----

enum { CHAIN = 40 };
static unsigned volatile chain_stage[CHAIN];

static void link_waits(void *arg)
{
    unsigned i = (unsigned)(uintptr_t)arg;
    l4_umword_t label;
    chain_stage[i] = 1;
    l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    chain_stage[i] = 2;
    l4_sleep_forever();
}

static void chain(void)
{
    l4_cap_idx_t t[CHAIN];
    bool made = true;
    for (unsigned i = 0; i < CHAIN; i++) {
        chain_stage[i] = 0;
        t[i] = thread_make(link_waits, (void *)(uintptr_t)i, HIGH, 0);
        if (i) {
            l4_thread_control_start();
            l4_thread_control_exc_handler(t[i]);
            made &= !l4_error(l4_thread_control_commit(t[i - 1]));
        }
    }
    for (unsigned i = 0; i < CHAIN; i++)
        thread_start(t[i]);
    for (unsigned i = 0; i < CHAIN - 1; i++)
        made &= !l4_error(l4_thread_ex_regs(t[i], ~0ul, ~0ul, L4_THREAD_EX_REGS_TRIGGER_EXCEPTION));
    made &= !l4_msgtag_has_error(l4_ipc_send(t[0], l4_utcb(), l4_msgtag(0, 0, 0, 0), both_us(LIMIT_US)));
    check(made, "threads that wait, each with an exception to raise afterwards");
    bool whole = wait_value(&chain_stage[CHAIN - 1], 2, 1000);
    check(whole, "a chain of threads, each the next one's exception handler");
    for (unsigned i = 0; i < CHAIN && !whole; i++)
        if (chain_stage[i] != 1) { // all but the last one wait for their handlers
            print("# link ");
            print_num(i);
            print(chain_stage[i] ? " went on\n" : " has not begun\n");
        }
    for (unsigned i = 0; i < CHAIN; i++)
        thread_delete(t[i]);
}

// ---- alien threads ----

enum { ESR_AFTER_CALL = 1 << 16, LONG_SLEEP = 3000, FREE_SLOTS = 0x2000, FREE_ORDER = 10 };

static void alien_calls(void *arg)
{
    struct faulter *f = arg;
    f->x5 = (uint64_t)l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, L4_BASE_LOG_CAP));
    f->stage = 1;
    l4_ipc_sleep(recv_us(LONG_SLEEP));
    f->stage = 2;
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage(FREE_SLOTS << L4_CAP_SHIFT, FREE_ORDER, L4_CAP_FPAGE_RWSD),
                  L4_FP_ALL_SPACES); // may have to be repeated
    f->stage = 3;
    f->x5 = (uint64_t)l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, L4_BASE_LOG_CAP));
    f->stage = 4;
    for (;;)
        ;
}

static void allow(void)
{
    l4_ipc_reply(l4_utcb(), l4_msgtag(L4_PROTO_ALLOW_SYSCALL, 0, 0, 0), L4_IPC_SEND_TIMEOUT_0);
}

// The exception before a call, and that after it.
static void before_and_after(l4_exc_regs_t *e, unsigned volatile const *stage, char const *what)
{
    check_eq(next_exception(e), EC_SVC, what);
    unsigned before = *stage;
    l4_addr_t pc = e->pc;
    check(!(e->err & ESR_AFTER_CALL) && *(uint32_t *)pc == 0xd4000001, "before it, pc is at the SVC");
    allow();
    check_eq(next_exception(e), EC_SVC, "and one after it");
    check((e->err & ESR_AFTER_CALL) && e->pc == pc + 4, "which says so, pc is behind the SVC");
    check_eq(*stage, before, "the thread has not gone on");
}

static void alien(unsigned cpu)
{
    struct faulter f = {0};
    l4_exc_regs_t e;
    l4_cap_idx_t t = thread_make(alien_calls, &f, LOW, cpu);
    set_handler(t, true);
    thread_start(t);
    before_and_after(&e, &f.stage, "an alien thread's system call is an exception");
    check_eq((int64_t)e.r[0] >> 16, 1, "the frame has the call's result");
    answer(0, 0);
    uint64_t begin = now_us();
    before_and_after(&e, &f.stage, "a call that waits is one, too");
    check(now_us() - begin >= LONG_SLEEP, "at the end of the wait");
    answer(0, 0);
    before_and_after(&e, &f.stage, "a long call is one");
    answer(0, 0);
    check_eq(next_exception(&e), EC_SVC, "the handler may answer for the kernel");
    e.pc += 4;
    e.r[0] = 77ul << 16;
    answer(&e, 40);
    check(wait_value(&f.stage, 4, 500) && f.x5 == 77, "then there is no call, and no exception after it");
    thread_delete(t);
}

void test_exception(void)
{
    gate = slot_alloc();
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, L4_BASE_THREAD_CAP, 0x7770);
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        undefined(cpu);
        on_request(cpu);
        both_on_request(cpu);
        alien(cpu);
        external(cpu);
    }
    guarded(writes_too_far, "who writes past its variables is stopped before it returns");
    guarded(copies_too_far, "a copy past the end of a buffer is not made");
    no_handler();
    lines_at_will();
    chain();
    slot_free(gate, true);
}
