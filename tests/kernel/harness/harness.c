// SPDX-License-Identifier: MIT
#include "harness.h"
#include <l4/sys/platform_control.h>
#include <l4/sys/sigma0.h>
#include <l4/sys/vcon.h>

enum { FIRST_SLOT = 0x40, MAX_SLOTS = 0x4000, KU_MEM = 0x70000000 };

static char stacks[MAX_THREADS][STACK_SIZE] __attribute__((aligned(16)));
static l4_cap_idx_t thread_cap[MAX_THREADS]; // 0 = free
static l4_cap_idx_t free_slots[256];
static unsigned slots, num_free, ku_mem_ready;
static unsigned passed, failed;

// ---- output ----

void print(char const *s)
{
    unsigned n = 0;
    while (s[n])
        n++;
    l4_msg_regs_t saved = *l4_utcb_mr(); // what a test has received stays
    l4_vcon_send(L4_BASE_LOG_CAP, s, n);
    *l4_utcb_mr() = saved;
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

// ---- slots ----

l4_cap_idx_t slot_alloc(void)
{
    if (num_free)
        return free_slots[--num_free];
    if (slots == MAX_SLOTS) {
        print("not ok - the tests ran out of capability slots\n");
        failed++;
        return L4_INVALID_CAP;
    }
    return (l4_cap_idx_t)(FIRST_SLOT + slots++) << L4_CAP_SHIFT;
}

void slot_free(l4_cap_idx_t slot, bool del)
{
    del ? l4_task_delete_obj(L4_BASE_TASK_CAP, slot) : l4_task_release_cap(L4_BASE_TASK_CAP, slot);
    if (num_free < sizeof free_slots / sizeof *free_slots)
        free_slots[num_free++] = slot;
}

// ---- threads ----

static int thread_id(l4_cap_idx_t t)
{
    for (int i = 0; i < MAX_THREADS; i++)
        if (thread_cap[i] == t)
            return i;
    return -1;
}

l4_utcb_t *thread_utcb(l4_cap_idx_t t)
{
    return (l4_utcb_t *)(KU_MEM + (uintptr_t)thread_id(t) * L4_UTCB_OFFSET);
}

void thread_place(l4_cap_idx_t t, unsigned prio, unsigned cpu)
{
    l4_sched_param_t p = l4_sched_param(prio, 0);
    p.affinity = l4_sched_cpu_set(cpu, 0, 1);
    l4_scheduler_run_thread(L4_BASE_SCHEDULER_CAP, t, &p);
}

void main_place(unsigned prio, unsigned cpu)
{
    thread_place(L4_BASE_THREAD_CAP, prio, cpu);
}

l4_cap_idx_t thread_make(void (*fn)(void *), void *arg, unsigned prio, unsigned cpu)
{
    int id = thread_id(0);
    l4_fpage_t f = l4_fpage(KU_MEM, 16, L4_FPAGE_RW);
    if (id < 0 || (!ku_mem_ready && l4_error(l4_task_add_ku_mem(L4_BASE_TASK_CAP, &f)))) {
        check(false, "harness: no room for a thread");
        return L4_INVALID_CAP;
    }
    ku_mem_ready = 1;
    l4_cap_idx_t t = slot_alloc();
    if (l4_error(l4_factory_create_thread(L4_BASE_FACTORY_CAP, t)))
        check(false, "harness: thread not created");
    thread_cap[id] = t;
    l4_thread_control_start();
    l4_thread_control_pager(L4_BASE_PAGER_CAP);
    l4_thread_control_bind(thread_utcb(t), L4_BASE_TASK_CAP);
    if (l4_error(l4_thread_control_commit(t)))
        check(false, "harness: thread not bound");
    uintptr_t *sp = (uintptr_t *)(stacks[id] + STACK_SIZE) - 2;
    sp[0] = (uintptr_t)fn;
    sp[1] = (uintptr_t)arg;
    thread_place(t, prio, cpu);
    return t;
}

void thread_start(l4_cap_idx_t t)
{
    uintptr_t sp = (uintptr_t)(stacks[thread_id(t)] + STACK_SIZE) - 16;
    l4_thread_ex_regs(t, (l4_addr_t)thread_entry, sp, 0);
}

l4_cap_idx_t thread_run(void (*fn)(void *), void *arg, unsigned prio, unsigned cpu)
{
    l4_cap_idx_t t = thread_make(fn, arg, prio, cpu);
    if (l4_is_valid_cap(t))
        thread_start(t);
    return t;
}

void thread_delete(l4_cap_idx_t t)
{
    int id = thread_id(t);
    slot_free(t, true);
    if (id >= 0)
        thread_cap[id] = 0;
}

// ---- a second task ----

unsigned volatile pager_faults;
static l4_cap_idx_t pager_1to1;

static void pager_loop(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_utcb_t *u = l4_utcb();
    l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        l4_addr_t page = l4_trunc_page(u->msg.mr[0]);
        *(volatile char *)page; // have it ourselves first
        pager_faults++;
        u->msg.mr[0] = l4_map_control(page, L4_FPAGE_CACHEABLE, L4_MAP_ITEM_MAP);
        u->msg.mr[1] = l4_fpage(page, L4_PAGESHIFT, L4_FPAGE_RWX).raw;
        l4_msgtag_t tag =
            l4_ipc_reply_and_wait(u, l4_msgtag(0, 0, 1, 0), &label, L4_IPC_SEND_TIMEOUT_0);
        while (l4_msgtag_has_error(tag)) // the thread that faulted is gone
            tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    }
}

static void give(l4_cap_idx_t task, unsigned slot, l4_cap_idx_t cap)
{
    l4_task_map(task, L4_BASE_TASK_CAP, l4_obj_fpage(cap, 0, L4_CAP_FPAGE_RWS),
                l4_map_obj_control((l4_cap_idx_t)slot << L4_CAP_SHIFT, 0));
}

struct other other_create(void (*fn)(void *), void *arg, l4_cap_idx_t pager, l4_cap_idx_t partner,
                          unsigned prio, unsigned cpu)
{
    static unsigned n;
    if (l4_is_invalid_cap(pager)) {
        if (!pager_1to1)
            pager_1to1 = thread_run(pager_loop, 0, HIGH + 1, 0);
        pager = pager_1to1;
    }
    struct other o = {slot_alloc(), slot_alloc()};
    l4_fpage_t area = l4_fpage(TASK_UTCB, L4_PAGESHIFT, L4_FPAGE_RW);
    if (l4_error(l4_factory_create_task(L4_BASE_FACTORY_CAP, o.task, &area)) ||
        l4_error(l4_factory_create_thread(L4_BASE_FACTORY_CAP, o.thread)))
        check(false, "harness: second task not created");
    give(o.task, 1, o.task);
    give(o.task, 3, o.thread);
    give(o.task, 4, pager);
    if (l4_is_valid_cap(partner))
        give(o.task, 5, partner);
    l4_thread_control_start();
    l4_thread_control_pager(L4_BASE_PAGER_CAP);
    l4_thread_control_bind((l4_utcb_t *)TASK_UTCB, o.task);
    if (l4_error(l4_thread_control_commit(o.thread)))
        check(false, "harness: thread of the second task not bound");
    static char other_stacks[4][STACK_SIZE] __attribute__((aligned(4096)));
    uintptr_t *sp = (uintptr_t *)(other_stacks[n++ % 4] + STACK_SIZE) - 2;
    sp[0] = (uintptr_t)fn;
    sp[1] = (uintptr_t)arg;
    thread_place(o.thread, prio, cpu);
    l4_thread_ex_regs(o.thread, (l4_addr_t)thread_entry, (l4_addr_t)sp, 0);
    return o;
}

void other_delete(struct other *o)
{
    slot_free(o->thread, true);
    slot_free(o->task, true);
}

// ---- machine ----

unsigned cpus_online(void)
{
    l4_umword_t max;
    l4_sched_cpu_set_t set = l4_sched_cpu_set(0, 0, 0);
    if (l4_error(l4_scheduler_info(L4_BASE_SCHEDULER_CAP, &max, &set)))
        return 0;
    return (unsigned)__builtin_popcountll(set.map);
}

unsigned second_cpu(void)
{
    return cpus_online() > 1 ? 1 : 0;
}

uint64_t now_us(void)
{
    uint64_t t, hz;
    asm volatile("isb; mrs %0, cntvct_el0; mrs %1, cntfrq_el0" : "=r"(t), "=r"(hz));
    return t / hz * 1000000 + t % hz * 1000000 / hz;
}

// Emulated CPUs share a busy host: time limits only catch what hangs.
enum { PATIENCE = 20 };

bool wait_change(unsigned volatile *v, unsigned old, unsigned ms)
{
    uint64_t end = now_us() + ms * 1000ull * PATIENCE;
    while (__atomic_load_n(v, __ATOMIC_ACQUIRE) == old && now_us() < end)
        l4_usleep(1000);
    return *v != old;
}

static uint64_t idle_us(unsigned cpu)
{
    l4_sched_cpu_set_t set = l4_sched_cpu_set(cpu, 0, 1);
    l4_kernel_clock_t us = 0;
    l4_scheduler_idle_time(L4_BASE_SCHEDULER_CAP, &set, &us);
    return us;
}

void settle(void)
{
    uint64_t before[64], end = now_us() + 200000;
    unsigned cpus = cpus_online();
    for (unsigned c = 0; c < cpus; c++)
        before[c] = idle_us(c);
    for (unsigned c = 0; c < cpus && now_us() < end; c++)
        while (idle_us(c) <= before[c] && now_us() < end)
            l4_usleep(200);
}

bool wait_value(unsigned volatile *v, unsigned want, unsigned ms)
{
    uint64_t end = now_us() + ms * 1000ull * PATIENCE;
    while (__atomic_load_n(v, __ATOMIC_ACQUIRE) != want) {
        if (now_us() > end)
            return false;
        l4_usleep(200);
    }
    return true;
}

static l4_msgtag_t sigma0(unsigned id, uintptr_t addr, unsigned order, uintptr_t *got)
{
    l4_utcb_t *u = l4_utcb();
    u->buf.bdr = 0;
    u->buf.br[0] = L4_ITEM_MAP;
    u->buf.br[1] = l4_fpage(0, L4_WHOLE_ADDRESS_SPACE, L4_FPAGE_RWX).raw;
    u->msg.mr[0] = SIGMA0_REQ(id);
    u->msg.mr[1] = l4_fpage(addr, order, L4_FPAGE_RWX).raw;
    l4_msgtag_t t =
        l4_ipc_call(L4_BASE_PAGER_CAP, u, l4_msgtag(L4_PROTO_SIGMA0, 2, 0, 0), L4_IPC_NEVER);
    if (got)
        *got = l4_trunc_page(u->msg.mr[0]);
    return t;
}

void *ram_alloc(unsigned order)
{
    uintptr_t addr = 0;
    l4_msgtag_t t = sigma0(SIGMA0_REQ_ID_FPAGE_ANY, 0, order, &addr);
    return l4_error(t) < 0 || l4_msgtag_items(t) != 1 ? 0 : (void *)addr;
}

bool iomem_map(uintptr_t phys)
{
    l4_msgtag_t t = sigma0(SIGMA0_REQ_ID_FPAGE_IOMEM, phys, L4_PAGESHIFT, 0);
    return l4_error(t) >= 0 && l4_msgtag_items(t) == 1;
}

uint64_t random_next(void)
{
    static uint64_t s;
    if (!s) { // another one in each run, shown so that it can be put in here
        s = now_us() * 0x9e3779b97f4a7c15 | 1;
        print("# random numbers from ");
        print_num((int64_t)s);
        print("\n");
    }
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return s;
}

// ---- the program ----

_Noreturn void tests_run(char const *what, void (*const tests[])(void), unsigned count)
{
    print(what);
    print(", CPUs: ");
    print_num(cpus_online());
    print("\n");
    main_place(MAIN_PRIO, 0);
    random_next();
    for (unsigned i = 0; i < count; i++) {
        uint64_t begin = now_us();
        tests[i]();
        print("# ");
        print_num((int64_t)(now_us() - begin) / 1000);
        print(" ms\n");
    }
    print("done: ");
    print_num(passed);
    print(" passed, ");
    print_num(failed);
    print(" failed\n");
    l4_platform_ctl_system_shutdown(L4_BASE_ICU_CAP, 0);
    for (;;)
        l4_ipc_sleep(L4_IPC_NEVER);
}
