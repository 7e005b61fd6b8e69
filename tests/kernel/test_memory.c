// SPDX-License-Identifier: MIT
// Memory of a second task: page faults to the main thread as its pager, mapping, unmapping, rights,
// superpages, grant, kernel-user memory (kernel-abi 2.4, 4.3, 4.16).
#include "harness.h"
#include <l4/sys/cache.h>

enum { AT = 0x30000000, SUPER = 0x38000000 };

// What the thread in the second task does, one step at a time; the page is mapped there 1:1 by the
// harness pager.
enum action { READ = 1, WRITE, EXEC, CLEAN, DONE = 100 };
struct order {
    unsigned volatile action;
    uintptr_t volatile addr;
    uint64_t volatile value;
};
static struct order order __attribute__((aligned(4096)));
static struct other o;

static void worker(void *arg)
{
    struct order *w = arg;
    for (;;) {
        switch (w->action) {
        case READ:
            w->value = *(uint64_t volatile *)w->addr;
            w->action = DONE;
            break;
        case WRITE:
            *(uint64_t volatile *)w->addr = w->value;
            w->action = DONE;
            break;
        case EXEC:
            ((void (*)(void))w->addr)();
            w->action = DONE;
            break;
        case CLEAN:
            l4_cache_clean_data(w->addr, w->addr + 1);
            l4_cache_coherent(w->addr, w->addr + 1);
            l4_cache_dma_coherent(w->addr, w->addr + 1);
            w->action = DONE;
            break;
        default:
            l4_usleep(50);
        }
    }
}

// Serves what belongs to the program itself; everything else is the main thread's to look at.
extern char __executable_start[], _end[];
struct fault {
    unsigned volatile pending;
    l4_umword_t volatile word, pc;
    int64_t volatile answer;      // label
    l4_umword_t volatile item[2]; // 0 = no item
};
static struct fault fault;

static void serve_faults(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t t = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        l4_addr_t page = l4_trunc_page(u->msg.mr[0]);
        unsigned items = 1;
        int64_t result = 0;
        if (l4_msgtag_label(t) == L4_PROTO_PAGE_FAULT &&
            page >= l4_trunc_page((l4_addr_t)__executable_start) && page < (l4_addr_t)_end) {
            *(char volatile *)page;
            u->msg.mr[0] = l4_map_control(page, L4_FPAGE_CACHEABLE, 0);
            u->msg.mr[1] = l4_fpage(page, L4_PAGESHIFT, L4_FPAGE_RWX).raw;
        } else {
            fault.word = u->msg.mr[0];
            fault.pc = u->msg.mr[1];
            __atomic_store_n(&fault.pending, l4_msgtag_label(t) == L4_PROTO_PAGE_FAULT ? 1 : 2,
                             __ATOMIC_RELEASE);
            while (__atomic_load_n(&fault.pending, __ATOMIC_ACQUIRE))
                l4_usleep(100);
            result = fault.answer;
            items = fault.item[0] ? 1 : 0;
            u->msg.mr[0] = fault.item[0];
            u->msg.mr[1] = fault.item[1];
        }
        t = l4_ipc_reply_and_wait(u, l4_msgtag(result, 0, items, 0), &label, L4_IPC_SEND_TIMEOUT_0);
        if (l4_msgtag_has_error(t)) // the fault was cancelled meanwhile
            t = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    }
}

static void start(enum action a, uintptr_t addr, uint64_t value)
{
    order.addr = addr;
    order.value = value;
    __atomic_store_n(&order.action, a, __ATOMIC_RELEASE);
}

static bool finished(void)
{
    return wait_value(&order.action, DONE, 1000);
}

// Waits for a fault; 1 page fault, 2 exception, 0 none.
static unsigned faulted(void)
{
    uint64_t end = now_us() + LIMIT_US;
    while (!__atomic_load_n(&fault.pending, __ATOMIC_ACQUIRE) && now_us() < end &&
           order.action != DONE)
        l4_usleep(100);
    return __atomic_load_n(&fault.pending, __ATOMIC_ACQUIRE);
}

static void answer(int64_t label, l4_umword_t control, l4_fpage_t page)
{
    fault.answer = label;
    fault.item[0] = control;
    fault.item[1] = page.raw;
    __atomic_store_n(&fault.pending, 0, __ATOMIC_RELEASE);
}

static void map(uintptr_t from, uintptr_t to, unsigned sz, unsigned rights, unsigned grant)
{
    l4_task_map(o.task, L4_BASE_TASK_CAP, l4_fpage(from, sz, rights),
                l4_map_control(to, L4_FPAGE_CACHEABLE, grant));
}

static bool reads(uintptr_t addr, uint64_t want)
{
    start(READ, addr, 0);
    return finished() && order.value == want;
}

// An access that must fault; the fault is answered with a refusal, and the exception stops the
// thread.
static bool faults_at(enum action a, uintptr_t addr, l4_umword_t flags)
{
    start(a, addr, 0);
    if (faulted() != 1) {
        print("  no page fault\n");
        return false;
    }
    bool right = (fault.word & ~7ul) == (addr & ~7ul) && (fault.word & 7) == flags;
    if (!right) {
        print("  fault word: ");
        print_num((int64_t)fault.word);
        print("\n");
    }
    // The thread is put back to its loop while its fault is pending, then the answer finds nobody
    order.action = 0;
    static char stack[STACK_SIZE] __attribute__((aligned(4096)));
    uintptr_t *sp = (uintptr_t *)(stack + sizeof stack) - 2;
    sp[0] = (uintptr_t)worker;
    sp[1] = (uintptr_t)&order;
    l4_thread_ex_regs(o.thread, (l4_addr_t)thread_entry, (l4_addr_t)sp, L4_THREAD_EX_REGS_CANCEL);
    answer(0, 0, (l4_fpage_t){0});
    return right;
}

static void page_faults(uint64_t *ram)
{
    ram[3] = 0x1234567;
    start(READ, AT + 24, 0);
    check(faulted() == 1, "a read of what is not there is a page fault");
    check_eq((int64_t)fault.word, AT + 24 + L4_PF_ABSENT, "address and flags of the fault");
    answer(0, l4_map_control(AT, L4_FPAGE_CACHEABLE, 0), l4_fpage((l4_addr_t)ram, 12, L4_FPAGE_RO));
    check(finished() && order.value == 0x1234567, "the pager's page is there");
    start(WRITE, AT + 32, 99);
    check(faulted() == 1 && fault.word == AT + 32 + L4_PF_WRITE, "a write to a read-only page");
    answer(0, l4_map_control(AT, L4_FPAGE_CACHEABLE, 0), l4_fpage((l4_addr_t)ram, 12, L4_FPAGE_RW));
    check(finished() && ram[4] == 99, "upgraded to read and write");
    check(faults_at(EXEC, AT, L4_PF_INSN), "an instruction fetch without X");
    map((uintptr_t)ram, AT + 0x3000, 12, L4_FPAGE_RO, 0);
    start(CLEAN, AT + 0x3000, 0);
    check(finished(), "cache maintenance of a page that can be read is allowed");
    start(READ, AT + 0x1000, 0);
    faulted();
    answer(0, 0, (l4_fpage_t){0}); // no item: mapped by other means, or not at all
    check(faulted() == 1 && fault.word == AT + 0x1000 + L4_PF_ABSENT,
          "an answer without a page: it faults again");
    map((uintptr_t)ram, AT + 0x1000, 12, L4_FPAGE_RO, 0);
    answer(0, 0, (l4_fpage_t){0});
    check(finished(), "or finds it mapped otherwise");
    start(READ, 0x7ffffffff000, 0);
    check(faulted() == 1 || faulted() == 2, "an address beyond the user range");
    order.action = 0;
    static char stack[STACK_SIZE] __attribute__((aligned(4096)));
    uintptr_t *sp = (uintptr_t *)(stack + sizeof stack) - 2;
    sp[0] = (uintptr_t)worker;
    sp[1] = (uintptr_t)&order;
    l4_thread_ex_regs(o.thread, (l4_addr_t)thread_entry, (l4_addr_t)sp, L4_THREAD_EX_REGS_CANCEL);
    answer(0, 0, (l4_fpage_t){0});
    check(reads(AT + 32, 99), "the thread goes on");
    // Refused: an exception to the handler
    l4_thread_control_start();
    l4_thread_control_exc_handler(L4_BASE_PAGER_CAP);
    l4_thread_control_commit(o.thread);
    start(READ, AT + 0x5000, 0);
    faulted();
    answer(-1, 0, (l4_fpage_t){0});
    check(faulted() == 2, "a refused fault becomes an exception");
    order.action = 0;
    l4_thread_ex_regs(o.thread, (l4_addr_t)thread_entry, (l4_addr_t)sp, L4_THREAD_EX_REGS_CANCEL);
    answer(0, 0, (l4_fpage_t){0});
    check(reads(AT + 32, 99), "and the thread goes on after it");
}

static void unmapping(uint64_t *ram)
{
    uint64_t *second = ram + 512;
    second[0] = 0x55;
    map((uintptr_t)second, AT, 12, L4_FPAGE_RW, 0);
    check(reads(AT, 0x55), "another page over the first");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)second, 12, L4_FPAGE_W),
                  L4_FP_OTHER_SPACES);
    check(reads(AT, 0x55), "after W was taken it can be read");
    check(faults_at(WRITE, AT, L4_PF_WRITE), "but not written");
    second[0] = 0x56;
    check(second[0] == 0x56, "the own page keeps W");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)second, 12, L4_FPAGE_RWX),
                  L4_FP_OTHER_SPACES);
    check(faults_at(READ, AT, L4_PF_ABSENT), "unmapped from others");
    // While it is being used
    map((uintptr_t)second, AT, 12, L4_FPAGE_RW, 0);
    bool good = true;
    for (unsigned i = 0; i < 30; i++) {
        start(READ, AT, 0);
        l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)second, 12, L4_FPAGE_RWX),
                      L4_FP_OTHER_SPACES);
        uint64_t end = now_us() + LIMIT_US;
        while (order.action != DONE && now_us() < end) {
            if (fault.pending)
                answer(0, l4_map_control(AT, L4_FPAGE_CACHEABLE, 0),
                       l4_fpage((l4_addr_t)second, 12, L4_FPAGE_RW));
            l4_usleep(50);
        }
        good &= order.action == DONE && order.value == 0x56;
    }
    check(good, "unmapped under an access, again and again");
    l4_fpage_t batch[2] = {l4_fpage((l4_addr_t)ram, 12, L4_FPAGE_RWX),
                           l4_fpage((l4_addr_t)second, 12, L4_FPAGE_RWX)};
    check_eq(l4_error(l4_task_unmap_batch(L4_BASE_TASK_CAP, batch, 2, L4_FP_OTHER_SPACES)), 0,
             "a batch");
    check(faults_at(READ, AT, L4_PF_ABSENT), "took the second, too");
    check_eq(l4_error(l4_task_map(o.task, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)second, 12, 0),
                                  l4_map_control(AT, 3, 0))),
             0, "a page without rights");
    check(faults_at(READ, AT, L4_PF_ABSENT), "is not mapped");
}

static void superpages(uint64_t *ram)
{
    ram[0] = 0x2000;
    ram[(0x1ff000) / 8] = 0x2001;
    map((uintptr_t)ram, SUPER, 21, L4_FPAGE_RW, 0);
    check(reads(SUPER, 0x2000) && reads(SUPER + 0x1ff000, 0x2001), "a superpage");
    l4_task_unmap(o.task, l4_fpage(SUPER + 0x3000, 12, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    check(faults_at(READ, SUPER, L4_PF_ABSENT), "goes as a whole when a part is taken");
    map((uintptr_t)ram, SUPER + 0x1000, 12, L4_FPAGE_RO, 0);
    check(reads(SUPER + 0x1000, 0x2000), "a small page of it");
    check(faults_at(WRITE, SUPER + 0x1000, L4_PF_WRITE), "with its own rights");
    map((uintptr_t)ram, SUPER, 21, L4_FPAGE_RW, 0);
    check(reads(SUPER + 0x1ff000, 0x2001), "a superpage over a small page");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)ram, 21, L4_FPAGE_RWX), L4_FP_OTHER_SPACES);
    check(faults_at(READ, SUPER + 0x1ff000, L4_PF_ABSENT), "unmapped by its source");
}

static void grants(uint64_t *ram)
{
    uintptr_t alias = 0x3a000000;
    uint64_t *page = ram + 2 * 512;
    page[0] = 0x77;
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)page, 12, L4_FPAGE_RW),
                l4_map_control(alias, L4_FPAGE_CACHEABLE, 0));
    check(*(uint64_t volatile *)alias == 0x77, "a second mapping in the own task");
    map(alias, AT, 12, L4_FPAGE_RW, L4_MAP_ITEM_GRANT);
    check(reads(AT, 0x77), "granted");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage(alias, 12, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    check(reads(AT, 0x77), "it does not depend on the place it came from");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)page, 12, L4_FPAGE_RWX),
                  L4_FP_OTHER_SPACES);
    check(faults_at(READ, AT, L4_PF_ABSENT), "but on its origin");
}

static void ku_mem(void)
{
    l4_fpage_t f = l4_fpage(0x65000000, 12, L4_FPAGE_RW);
    check_eq(l4_error(l4_task_add_ku_mem(o.task, &f)), 0, "kernel-user memory");
    check(reads(0x65000000, 0), "is zero and there");
    check_eq(l4_error(l4_task_add_ku_mem(o.task, &f)), -L4_EEXIST, "not twice");
    l4_task_unmap(o.task, l4_fpage(0x65000000, 12, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    check(reads(0x65000000, 0), "cannot be unmapped");
    check(faults_at(EXEC, 0x65000000, L4_PF_INSN), "nor executed");
    static uint64_t page[512] __attribute__((aligned(4096)));
    page[0] = 1;
    map((uintptr_t)page, 0x65000000, 12, L4_FPAGE_RW, 0);
    check(reads(0x65000000, 0), "nor overmapped");
    f = l4_fpage(0x66000000, 11, L4_FPAGE_RW);
    check_eq(l4_error(l4_task_add_ku_mem(o.task, &f)), -L4_EINVAL, "too small");
    f = l4_fpage(0x66000000, 18, L4_FPAGE_RW);
    check_eq(l4_error(l4_task_add_ku_mem(o.task, &f)), -L4_EINVAL, "too large");
    f = l4_fpage(0xfffffffff000, 12, L4_FPAGE_RW);
    check_eq(l4_error(l4_task_add_ku_mem(o.task, &f)), -L4_EINVAL, "beyond the user range");
}

// ---- address spaces come and go ----

static void touches(void *arg)
{
    ++*(unsigned volatile *)arg;
    l4_sleep_forever();
}

static void many_tasks(void)
{
    enum { TASKS = 280 }; // a VMID has 8 bits
    static unsigned volatile ran;
    static uint64_t volatile mark = 0x4711;
    ran = 0;
    for (unsigned i = 0; i < TASKS; i++) {
        struct other t =
            other_create(touches, (void *)&ran, L4_INVALID_CAP, L4_INVALID_CAP, HIGH, 0);
        if (ran != i + 1)
            l4_usleep(1000);
        other_delete(&t);
    }
    check_eq(ran, TASKS, "more tasks than VMIDs");
    check(mark == 0x4711, "the own memory is as it was");
}

void test_memory(void)
{
    many_tasks();
    uint64_t *ram = ram_alloc(21);
    check(ram != 0, "RAM from sigma0");
    if (!ram)
        return;
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++) {
        l4_cap_idx_t thread = thread_run(serve_faults, 0, HIGH + 1, 0), gate = slot_alloc();
        l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, thread, 0);
        for (unsigned by_gate = 0; by_gate < 2; by_gate++) { // through a gate of the same CPU they take the fast path
            fault = (struct fault){0};
            order = (struct order){0};
            o = other_create(worker, &order, by_gate ? gate : thread, L4_INVALID_CAP, HIGH, cpu);
            page_faults(ram);
            unmapping(ram);
            superpages(ram);
            grants(ram);
            ku_mem();
            other_delete(&o);
        }
        slot_free(gate, true);
        thread_delete(thread);
    }
}
