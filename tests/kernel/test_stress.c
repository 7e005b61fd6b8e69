// SPDX-License-Identifier: MIT
// Threads on all CPUs that call, interrupt, cancel, migrate, create and delete each other.
#include "harness.h"

enum { WORKERS = 8, SERVERS = 4, VICTIMS = 8, RUN_MS = 1500, HANG_MS = 20000, ENOUGH = 300,
       VICTIM_UTCB = 0x70200000 };

static l4_cap_idx_t server_gate[SERVERS], server[SERVERS], worker[WORKERS], irq[SERVERS], sem;
static l4_cap_idx_t victim[WORKERS]; // each worker's own, made and deleted by it
static uint64_t volatile ops[WORKERS], bad_answers, victims_made, irqs_seen;
static bool volatile stop;
static char victim_stack[WORKERS][4096] __attribute__((aligned(16)));

struct rng {
    uint64_t s;
};

static uint64_t next(struct rng *r)
{
    r->s ^= r->s << 13;
    r->s ^= r->s >> 7;
    r->s ^= r->s << 17;
    return r->s;
}

// Answers word 0 + 1; IRQs come in between.
static void serve(void *arg)
{
    (void)arg;
    l4_utcb_t *u = l4_utcb();
    l4_umword_t label;
    l4_msgtag_t t = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        if (l4_msgtag_has_error(t) || label >= 0x8000) {
            if (!l4_msgtag_has_error(t))
                irqs_seen++;
            t = l4_ipc_wait(u, &label, L4_IPC_NEVER);
            continue;
        }
        u->msg.mr[0]++;
        t = l4_ipc_reply_and_wait(u, l4_msgtag(0, 2, 0, 0), &label, L4_IPC_SEND_TIMEOUT_0);
    }
}

static void victim_spin(void *arg)
{
    uint64_t volatile x = (uint64_t)arg;
    double volatile d = 1;
    for (;;) {
        x++;
        d = d * 1.0000001;
        if (!(x & 0xfff))
            l4_usleep(50);
    }
}

static void victim_call(void *arg)
{
    for (uint64_t n = 0;; n++) {
        if (!(n & 15))
            l4_usleep(50);
        mr()[0] = n;
        l4_ipc_call(server_gate[(uintptr_t)arg % SERVERS], l4_utcb(), l4_msgtag(0, 2, 0, 0),
                    L4_IPC_NEVER);
    }
}

static void victim_wait(void *arg)
{
    (void)arg;
    l4_umword_t label;
    for (;;) {
        l4_ipc_wait(l4_utcb(), &label, recv_us(700));
        l4_ipc_reply(l4_utcb(), l4_msgtag(0, 0, 0, 0), L4_IPC_SEND_TIMEOUT_0);
    }
}

static void victim_sem(void *arg)
{
    (void)arg;
    for (;;)
        l4_semaphore_down(sem, L4_IPC_NEVER);
}

static void new_victim(unsigned i, struct rng *r)
{
    static void (*const what[])(void *) = {victim_spin, victim_call, victim_wait, victim_sem};
    l4_cap_idx_t t = victim[i];
    l4_task_delete_obj(L4_BASE_TASK_CAP, t);
    if (l4_error(l4_factory_create_thread(L4_BASE_FACTORY_CAP, t)))
        return;
    l4_thread_control_start();
    l4_thread_control_pager(L4_BASE_PAGER_CAP);
    l4_thread_control_bind((l4_utcb_t *)(VICTIM_UTCB + i * 1024ul), L4_BASE_TASK_CAP);
    l4_thread_control_commit(t);
    uintptr_t *sp = (uintptr_t *)(victim_stack[i] + sizeof victim_stack[i]) - 2;
    sp[0] = (uintptr_t)what[next(r) % 4];
    sp[1] = i;
    thread_place(t, 2 + (unsigned)(next(r) % 3), (unsigned)(next(r) % cpus_online()));
    l4_thread_ex_regs(t, (l4_addr_t)thread_entry, (l4_addr_t)sp, 0);
    victims_made++;
}

static void call_server(struct rng *r)
{
    uint64_t n = next(r);
    mr()[0] = n;
    mr()[1] = ~n;
    l4_timeout_t to = n & 7 ? L4_IPC_NEVER : both_us(50);
    l4_msgtag_t t =
        l4_ipc_call(server_gate[n >> 8 & (SERVERS - 1)], l4_utcb(), l4_msgtag(0, 2, 0, 0), to);
    if (!l4_msgtag_has_error(t) && (mr()[0] != n + 1 || mr()[1] != ~n))
        bad_answers++;
}

static void work(void *arg)
{
    unsigned me = (unsigned)(uintptr_t)arg;
    struct rng r = {me * 0x9e3779b97f4a7c15 + 1};
    unsigned cpus = cpus_online();
    while (!stop) {
        uint64_t n = next(&r);
        unsigned other = (unsigned)(n >> 8) % WORKERS;
        switch (n & 31) {
        case 0:
            new_victim(me, &r);
            break;
        case 1:
            thread_place(victim[other], 2 + (unsigned)(n >> 16 & 1), (unsigned)(n >> 20) % cpus);
            break;
        case 2:
            thread_place(worker[me], 4 + (unsigned)(n >> 16 & 3), (unsigned)(n >> 20) % cpus);
            break;
        case 3:
            thread_place(worker[other], 4 + (unsigned)(n >> 16 & 3), (unsigned)(n >> 20) % cpus);
            break;
        case 4:
            thread_place(server[other % SERVERS], 6, (unsigned)(n >> 20) % cpus);
            break;
        case 5:
            l4_thread_ex_regs(worker[other], ~0ul, ~0ul, L4_THREAD_EX_REGS_CANCEL);
            break;
        case 6:
            l4_thread_ex_regs(victim[other], ~0ul, ~0ul, L4_THREAD_EX_REGS_CANCEL);
            break;
        case 7:
            l4_ipc_call(victim[other], l4_utcb(), l4_msgtag(0, 1, 0, 0), both_us(100));
            break;
        case 8:
            l4_ipc_send(worker[other], l4_utcb(), l4_msgtag(0, 1, 0, 0), send_us(30));
            break;
        case 9:
            l4_rcv_ep_bind_thread(irq[other % SERVERS], server[n >> 20 & (SERVERS - 1)], 0x8000);
            break;
        case 10:
            l4_semaphore_up(sem);
            break;
        case 11:
            l4_usleep(n >> 20 & 63);
            break;
        case 12: {
            l4_kernel_clock_t us;
            l4_thread_stats_time(worker[other], &us);
            l4_thread_yield();
            break;
        }
        case 13:
        case 14:
            l4_irq_trigger(irq[other % SERVERS]);
            break;
        default:
            call_server(&r);
        }
        ops[me]++;
    }
    l4_sleep_forever();
}

static uint64_t operations(void)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        total += ops[i];
    return total;
}

void test_stress(void)
{
    l4_fpage_t f = l4_fpage(VICTIM_UTCB, 13, L4_FPAGE_RW);
    l4_task_add_ku_mem(L4_BASE_TASK_CAP, &f);
    sem = slot_alloc();
    l4_factory_create_semaphore(L4_BASE_FACTORY_CAP, sem);
    for (unsigned i = 0; i < SERVERS; i++) {
        server[i] = thread_run(serve, 0, 6, i % cpus_online());
        server_gate[i] = slot_alloc();
        irq[i] = slot_alloc();
        l4_factory_create_gate(L4_BASE_FACTORY_CAP, server_gate[i], server[i], 0x10);
        l4_factory_create_irq(L4_BASE_FACTORY_CAP, irq[i]);
    }
    stop = false;
    for (unsigned i = 0; i < WORKERS; i++) {
        ops[i] = 0;
        victim[i] = slot_alloc();
        worker[i] = thread_make(work, (void *)(uintptr_t)i, LOW, i % cpus_online());
    }
    for (unsigned i = 0; i < WORKERS; i++)
        thread_start(worker[i]);
    uint64_t last = 0, total = 0;
    bool progress = true;
    // On a busy host until something has been done, as long as they get on.
    for (unsigned ms = 0; (ms < RUN_MS || total <= ENOUGH || victims_made <= 3) && progress; ms += 500) {
        uint64_t end = now_us() + HANG_MS * 1000ull;
        l4_usleep(500000);
        while ((total = operations()) == last && now_us() < end) // a busy host may let nobody run for a while
            l4_usleep(10000);
        progress = total > last;
        last = total;
    }
    stop = true;
    for (unsigned i = 0; i < WORKERS; i++) {
        thread_delete(worker[i]);
        slot_free(victim[i], true);
    }
    for (unsigned i = 0; i < SERVERS; i++) {
        thread_delete(server[i]);
        slot_free(server_gate[i], true);
        slot_free(irq[i], true);
    }
    slot_free(sem, true);
    print("# operations: ");
    print_num((int64_t)total);
    print(", threads made: ");
    print_num((int64_t)victims_made);
    print(", interrupts: ");
    print_num((int64_t)irqs_seen);
    print("\n");
    check(progress, "threads that work against each other get on");
    check_eq((int64_t)bad_answers, 0, "no answer went wrong");
    check(total > ENOUGH && victims_made > 3, "hundreds of operations even on a busy host");
}
