// SPDX-License-Identifier: MIT
#include "harness.h"
#include <l4/sys/vcon.h>

enum { STACK_SIZE = 8192, MAX_THREADS = 64, FIRST_SLOT = 0x40, KU_MEM = 0x70000000 };

static char stacks[MAX_THREADS][STACK_SIZE] __attribute__((aligned(16)));
static unsigned threads, slots;
unsigned passed, failed;
void thread_entry(void);

void print(char const *s)
{
    unsigned n = 0;
    while (s[n])
        n++;
    l4_vcon_send(L4_BASE_LOG_CAP, s, n);
}

void print_num(int64_t n)
{
    char buf[24];
    unsigned i = sizeof buf - 1;
    uint64_t v = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    buf[i] = 0;
    do {
        buf[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    if (n < 0)
        buf[--i] = '-';
    print(buf + i);
}

void check(bool ok, char const *name)
{
    ok ? passed++ : failed++;
    print(ok ? "ok - " : "not ok - ");
    print(name);
    print("\n");
}

void check_eq(int64_t got, int64_t want, char const *name)
{
    check(got == want, name);
    if (got == want)
        return;
    print("  got ");
    print_num(got);
    print(", expected ");
    print_num(want);
    print("\n");
}

l4_cap_idx_t slot_alloc(void)
{
    return (l4_cap_idx_t)(FIRST_SLOT + slots++) << L4_CAP_SHIFT;
}

l4_cap_idx_t thread_run(void (*fn)(void *), void *arg, unsigned prio, unsigned cpu)
{
    if (threads == MAX_THREADS)
        return L4_INVALID_CAP;
    if (!threads) {
        l4_fpage_t f = l4_fpage(KU_MEM, 16, L4_FPAGE_RW);
        if (l4_error(l4_task_add_ku_mem(L4_BASE_TASK_CAP, &f)))
            return L4_INVALID_CAP;
    }
    l4_cap_idx_t t = slot_alloc();
    if (l4_error(l4_factory_create_thread(L4_BASE_FACTORY_CAP, t)))
        return L4_INVALID_CAP;
    l4_thread_control_start();
    l4_thread_control_pager(L4_BASE_PAGER_CAP);
    l4_thread_control_bind((l4_utcb_t *)(KU_MEM + (uintptr_t)threads * L4_UTCB_OFFSET), L4_BASE_TASK_CAP);
    if (l4_error(l4_thread_control_commit(t)))
        return L4_INVALID_CAP;
    uintptr_t *sp = (uintptr_t *)(stacks[threads] + STACK_SIZE) - 2;
    sp[0] = (uintptr_t)fn;
    sp[1] = (uintptr_t)arg;
    threads++;
    l4_thread_ex_regs(t, (l4_addr_t)thread_entry, (l4_addr_t)sp, 0);
    l4_sched_param_t p = l4_sched_param(prio, 0);
    p.affinity = l4_sched_cpu_set(cpu, 0, 1);
    l4_scheduler_run_thread(L4_BASE_SCHEDULER_CAP, t, &p);
    return t;
}

unsigned cpus_online(void)
{
    l4_umword_t max;
    l4_sched_cpu_set_t set = l4_sched_cpu_set(0, 0, 0);
    if (l4_error(l4_scheduler_info(L4_BASE_SCHEDULER_CAP, &max, &set)))
        return 0;
    return (unsigned)__builtin_popcountll(set.map);
}
