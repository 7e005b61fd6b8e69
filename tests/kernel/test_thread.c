// SPDX-License-Identifier: MIT
// Threads: binding, registers, statistics, deletion, migration (kernel-abi 4.4, 4.5).
#include "harness.h"

static void spin(void *arg)
{
    for (;;)
        ++*(unsigned volatile *)arg;
}

static void control_errors(void)
{
    l4_cap_idx_t t = slot_alloc(), weak = slot_alloc();
    l4_factory_create_thread(L4_BASE_FACTORY_CAP, t);
    l4_utcb_t *u = l4_utcb();
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(t, 0, L4_CAP_FPAGE_RW),
                l4_map_obj_control(weak, 0));
    l4_thread_control_start();
    check_eq(l4_error(l4_thread_control_commit(weak)), -L4_EPERM, "control needs S");
    l4_thread_control_start();
    l4_thread_control_bind((l4_utcb_t *)0x12345000, L4_BASE_TASK_CAP);
    check_eq(l4_error(l4_thread_control_commit(t)), -L4_EINVAL,
             "UTCB outside of kernel-user memory");
    l4_thread_control_start();
    l4_thread_control_bind((l4_utcb_t *)((char *)u + 4), L4_BASE_TASK_CAP);
    check_eq(l4_error(l4_thread_control_commit(t)), -L4_EINVAL, "unaligned UTCB");
    l4_thread_control_start();
    l4_thread_control_bind((l4_utcb_t *)((char *)u + 4096 - 512), L4_BASE_TASK_CAP);
    check_eq(l4_error(l4_thread_control_commit(t)), -L4_EINVAL, "UTCB that crosses the end");
    l4_thread_control_start();
    l4_thread_control_bind((l4_utcb_t *)((char *)u + 1024), L4_BASE_LOG_CAP);
    check_eq(l4_error(l4_thread_control_commit(t)), -L4_EINVAL, "bind to what is no task");
    l4_thread_control_start();
    l4_thread_control_bind((l4_utcb_t *)((char *)u + 1024), L4_BASE_TASK_CAP);
    check_eq(l4_error(l4_thread_control_commit(t)), 0, "bind");
    l4_thread_control_start();
    l4_thread_control_bind((l4_utcb_t *)((char *)u + 2048), L4_BASE_TASK_CAP);
    check_eq(l4_error(l4_thread_control_commit(t)), -L4_EINVAL, "bind once");
    l4_thread_control_start();
    l4_thread_control_pager(0x123000);
    l4_thread_control_exc_handler(0x456000);
    check_eq(l4_error(l4_thread_control_commit(t)), 0, "pager and handler");
    l4_thread_control_start();
    l4_thread_control_commit(t);
    check(mr()[1] == 0x123000 && mr()[2] == 0x456000, "are told by the next control");
    mr()[0] = L4_THREAD_EX_REGS_OP;
    check_eq(l4_error(l4_ipc_call(t, u, l4_msgtag(L4_PROTO_THREAD, 4, 0, 0), L4_IPC_NEVER)),
             -L4_EINVAL, "ex_regs with another number of words");
    check_eq(l4_error(l4_thread_ex_regs(t, ~0ul, ~0ul, L4_THREAD_EX_REGS_ARM64_SET_EL_EL1)), -L4_EINVAL,
             "ex_regs to EL1t");
    check_eq(l4_error(l4_thread_ex_regs(t, ~0ul, ~0ul, 3u << 24)), -L4_EINVAL,
             "ex_regs with a bad level");
    check_eq(l4_error(l4_thread_ex_regs(t, ~0ul, ~0ul, 1u << 28)), -L4_EINVAL,
             "ex_regs with unknown flags");
    mr()[0] = 0x77;
    check_eq(l4_error(l4_ipc_call(t, u, l4_msgtag(L4_PROTO_THREAD, 1, 0, 0), L4_IPC_NEVER)),
             -L4_ENOSYS, "unknown operation");
    l4_sched_param_t p = l4_sched_param(0, 0);
    check_eq(l4_error(l4_scheduler_run_thread(L4_BASE_SCHEDULER_CAP, t, &p)), -L4_EINVAL,
             "priority 0");
    check_eq(l4_error(l4_scheduler_run_thread(L4_BASE_SCHEDULER_CAP, L4_BASE_LOG_CAP, &p)),
             -L4_EINVAL, "no thread");
    l4_sched_cpu_set_t set = l4_sched_cpu_set(0x100000, 0, 0);
    check_eq(l4_error(l4_scheduler_info(L4_BASE_SCHEDULER_CAP, 0, &set)), -L4_ERANGE,
             "scheduler info: offset");
    slot_free(weak, false);
    slot_free(t, true);
    l4_umword_t tpidrro;
    mr()[0] = L4_THREAD_ARM_TPIDRURO_OP;
    mr()[1] = (l4_umword_t)u;
    check_eq(
        l4_error(l4_ipc_call(L4_INVALID_CAP, u, l4_msgtag(L4_PROTO_THREAD, 2, 0, 0), L4_IPC_NEVER)),
        0, "TPIDRRO_EL0 is set");
    asm volatile("mrs %0, tpidrro_el0" : "=r"(tpidrro));
    check_eq((int64_t)tpidrro, (int64_t)u, "at once");
}

// ---- first registers ----

static uint64_t volatile first_regs[8];
static unsigned volatile first_done;
void thread_probe_c(uint64_t const *r);
void thread_probe(void);
void thread_probe_c(uint64_t const *r)
{
    for (unsigned i = 0; i < 8; i++)
        first_regs[i] = r[i];
    first_done = 1;
    l4_sleep_forever();
}

static void first_entry(void)
{
    static char stack[4096] __attribute__((aligned(16)));
    l4_cap_idx_t t = thread_make(spin, 0, HIGH, 0);
    l4_thread_ex_regs(t, (l4_addr_t)thread_probe, (l4_addr_t)(stack + sizeof stack), 0);
    check(wait_value(&first_done, 1, 500), "a thread starts");
    check(first_regs[0] == 0 && first_regs[2] == 0 && first_regs[3] == 0, "with registers of zero");
    check(first_regs[1] == 0xd65f03c0d4000001, "but x1, the code word");
    check_eq((int64_t)first_regs[4], (int64_t)thread_utcb(t), "TPIDR_EL0 is the UTCB first");
    check_eq((int64_t)first_regs[5], 0, "FPCR of zero");
    check_eq((int64_t)first_regs[6], 0, "FP registers of zero");
    thread_delete(t);
}

// ---- ex_regs, statistics, deletion ----

static void running(unsigned cpu)
{
    unsigned volatile count = 0;
    l4_cap_idx_t t = thread_run(spin, (void *)&count, LOW, cpu);
    wait_change(&count, 0, 1000);
    l4_kernel_clock_t before, after = 0;
    l4_thread_stats_time(t, &before);
    for (unsigned i = 0; i < 50; i++) {
        l4_usleep(20000);
        l4_thread_stats_time(t, &after);
        if (after > before + 500)
            break;
    }
    check(after > before + 500 && after < before + 5000000, "the time of a running thread grows");
    l4_addr_t ip = ~0ul, sp = ~0ul;
    l4_umword_t flags = 0;
    l4_thread_ex_regs_ret(t, &ip, &sp, &flags);
    check(ip - (l4_addr_t)spin < 64, "ex_regs tells where it runs");
    unsigned n = count;
    check(wait_change(&count, n, 1000), "and lets it run");
    thread_delete(t);
    n = count;
    l4_usleep(5000);
    check_eq(count, n, "a deleted thread does not run");
}

static void deletes_itself(void *arg)
{
    unsigned volatile *stage = arg;
    *stage = 1;
    l4_task_delete_obj(L4_BASE_TASK_CAP, (l4_cap_idx_t)0x3f00 << L4_CAP_SHIFT);
    *stage = 2;
}

static void deletes_task(void *arg)
{
    while (*(unsigned volatile *)arg != 5)
        l4_usleep(100);
    *(unsigned volatile *)arg = 1;
    l4_task_delete_obj(1ul << L4_CAP_SHIFT, 1ul << L4_CAP_SHIFT);
    *(unsigned volatile *)arg = 2; // its memory is gone: it ends here
    for (;;)
        ;
}

static void self_deletion(unsigned cpu)
{
    static unsigned volatile stage;
    stage = 0;
    l4_cap_idx_t self = (l4_cap_idx_t)0x3f00 << L4_CAP_SHIFT;
    l4_cap_idx_t t = thread_make(deletes_itself, (void *)&stage, HIGH, cpu);
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(t, 0, L4_CAP_FPAGE_RWSD),
                l4_map_obj_control(self, 0));
    thread_start(t);
    wait_value(&stage, 1, 500);
    settle();
    check(stage == 1 && l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, t)) == 0,
          "a thread deletes itself");
    thread_delete(t);
    stage = 0;
    struct other o =
        other_create(deletes_task, (void *)&stage, L4_INVALID_CAP, L4_INVALID_CAP, HIGH, cpu);
    // The right to delete it
    l4_task_map(o.task, L4_BASE_TASK_CAP, l4_obj_fpage(o.task, 0, L4_CAP_FPAGE_RWSD),
                l4_map_obj_control(L4_CAP_SIZE, 0));
    stage = 5;
    wait_value(&stage, 1, 3000);
    settle();
    check_eq(stage, 1, "a thread deletes the task it runs in");
    other_delete(&o);
    for (unsigned i = 0; i < 20; i++) { // while it runs
        o = other_create(spin, (void *)&stage, L4_INVALID_CAP, L4_INVALID_CAP, LOW, cpu);
        l4_usleep(300);
        if (i & 1)
            slot_free(o.task, true), slot_free(o.thread, true);
        else
            other_delete(&o);
    }
    check(true, "tasks deleted under a running thread");
}

// ---- migration ----

struct mover {
    uint64_t id;
    uint64_t volatile rounds;
    unsigned volatile wrong, stop, stopped;
};

static void fp_work(void *arg)
{
    struct mover *m = arg;
    while (!m->stop) {
        uint64_t a, b, c;
        asm volatile(
            "fmov d0, %3\n\tfmov d15, %3\n\tfmov d31, %3\n\tmsr tpidr_el0, %3\n\t"
            "mov x9, #3000\n1: subs x9, x9, #1\n\tb.ne 1b\n\t"
            "fmov %0, d0\n\tfmov %1, d15\n\tfmov %2, d31\n\tmrs x9, tpidr_el0\n\tcmp x9, %3\n\t"
            "csel %0, %0, xzr, eq"
            : "=&r"(a), "=&r"(b), "=&r"(c)
            : "r"(m->id)
            : "x9", "cc", "v0", "v15", "v31", "memory");
        if (a != m->id || b != m->id || c != m->id)
            m->wrong++;
        m->rounds++;
    }
    m->stopped = 1;
    l4_sleep_forever();
}

static void sleeper(void *arg)
{
    struct mover *m = arg;
    uint64_t begin = now_us();
    l4_usleep(20000);
    m->rounds = now_us() - begin;
    m->stopped = 1;
    l4_sleep_forever();
}

static void migration(void)
{
    struct mover m[4];
    l4_cap_idx_t t[4];
    unsigned cpus = cpus_online();
    for (unsigned i = 0; i < 4; i++) {
        m[i] = (struct mover){.id = 0x1111111111111111 * (i + 1)};
        t[i] = thread_run(fp_work, &m[i], LOW, i % cpus);
    }
    for (unsigned n = 0; n < 100; n++) {
        thread_place(t[n & 3], LOW, (unsigned)(random_next() % cpus));
        l4_usleep(600);
    }
    bool good = true;
    for (unsigned i = 0; i < 4; i++) {
        m[i].stop = 1;
        good &= wait_value(&m[i].stopped, 1, 3000) && !m[i].wrong && m[i].rounds;
        thread_delete(t[i]);
    }
    check(good, "FP registers and TPIDR_EL0 over preemption and migration");
    struct mover s = {0};
    l4_cap_idx_t st = thread_run(sleeper, &s, HIGH, 0);
    l4_usleep(2000);
    thread_place(st, HIGH, second_cpu());
    check(wait_value(&s.stopped, 1, 1000) && s.rounds >= 20000, "a timeout moves with its thread");
    thread_delete(st);
    for (unsigned i = 0; i < 2 * cpus; i++) {
        main_place(MAIN_PRIO, i % cpus);
        uint64_t mpidr_ok = now_us();
        l4_usleep(300);
        good &= now_us() >= mpidr_ok + 300;
    }
    main_place(MAIN_PRIO, 0);
    check(good, "a thread migrates itself");
}

void test_thread(void)
{
    control_errors();
    first_entry();
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        running(cpu);
        self_deletion(cpu);
    }
    migration();
}
