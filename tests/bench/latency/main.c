// SPDX-License-Identifier: MIT
// How late a thread of the highest priority runs while the kernel works for a program that chose the size of the work:
// `BENCH latency-NAME figure`, in instructions. A timer interrupt each 20 us is what the kernel is to stop for.
#include "latency.h"
#include <l4/sys/platform_control.h>

enum {
    PERIOD_US = 20,
    TABLES = 256,           // of each level
    PAGES = 4096,
    SLOTS = 8192,
    OBJECTS = 2000,
    THREADS = 1000,
    SLOT_AREA = 0x10000,    // own slots that the tests fill, aligned to their number
    LEAF_SLOTS = 128,       // slots of one capability table of the kernel
};
#define GIB          (1ul << 30)
#define DENSE        (600 * GIB) // where PAGES pages lie side by side

static uint64_t volatile worst, started;
static unsigned volatile measuring, rounds;

static uint64_t counter(void)
{
    uint64_t v;
    asm volatile("isb; mrs %0, cntvct_el0" : "=r"(v)::"memory");
    return v;
}

static uint64_t nanoseconds(uint64_t ticks)
{
    uint64_t hz;
    asm("mrs %0, cntfrq_el0" : "=r"(hz));
    return ticks * (1000000000ull / hz);
}

uint64_t instructions(void)
{
    return nanoseconds(counter());
}

void figure(char const *name, uint64_t n)
{
    print("BENCH latency-");
    print(name);
    print(" ");
    print_num((int64_t)n);
    print("\n");
}

static void watch(void *arg)
{
    (void)arg;
    uint64_t hz, period;
    asm("mrs %0, cntfrq_el0" : "=r"(hz));
    period = hz / 1000000 * PERIOD_US;
    for (;;) {
        started = counter();
        l4_ipc_sleep(recv_us(PERIOD_US));
        uint64_t late = counter() - started - period;
        rounds++;
        if (measuring && late > worst)
            worst = late;
    }
}

void begin(void)
{
    worst = 0;
    for (unsigned n = rounds; rounds < n + 2;) // past what came before
        ;
    measuring = 1;
}

void end(char const *name)
{
    for (unsigned n = rounds; rounds < n + 2;)
        ;
    measuring = 0;
    figure(name, nanoseconds(worst));
}

static l4_cap_idx_t task_make(void)
{
    l4_cap_idx_t t = slot_alloc();
    if (l4_error(l4_factory_create(L4_BASE_FACTORY_CAP, L4_PROTO_VM, t)))
        check(false, "a task");
    return t;
}

static char page[L4_PAGESIZE] __attribute__((aligned(L4_PAGESIZE)));

static void map_page(l4_cap_idx_t task, l4_addr_t at)
{
    if (l4_error(l4_task_map(task, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)page, L4_PAGESHIFT, L4_FPAGE_RW),
                             l4_map_control(at, L4_FPAGE_CACHEABLE, L4_MAP_ITEM_MAP))) < 0)
        check(false, "a page");
}

// A task with one page in each of TABLES tables, then PAGES pages side by side.
static void fill_sparse(l4_cap_idx_t task)
{
    for (unsigned i = 0; i < TABLES; i++)
        map_page(task, i * GIB);
}

static void fill_dense(l4_cap_idx_t task)
{
    for (unsigned i = 0; i < PAGES; i++)
        map_page(task, DENSE + i * L4_PAGESIZE);
}

static void map_all(l4_cap_idx_t to, l4_cap_idx_t from)
{
    check(l4_error(l4_task_map(to, from, l4_fpage(0, L4_WHOLE_ADDRESS_SPACE, L4_FPAGE_RW),
                               l4_map_control(0, 0, L4_MAP_ITEM_MAP))) >= 0, "map all");
}

static void unmap_all(l4_cap_idx_t task, unsigned rights)
{
    l4_task_unmap(task, l4_fpage(0, L4_WHOLE_ADDRESS_SPACE, (uint8_t)rights), L4_FP_ALL_SPACES);
}

static void measure_memory(void)
{
    l4_cap_idx_t from = task_make(), to = task_make();
    fill_sparse(from);
    begin();
    map_all(to, from);
    end("map-sparse");
    begin();
    unmap_all(to, L4_FPAGE_RWX);
    end("unmap-sparse");
    begin();
    unmap_all(to, L4_FPAGE_RWX);
    end("unmap-nothing");
    begin();
    map_all(from, to);
    end("map-nothing");
    fill_dense(from);
    begin();
    map_all(to, from);
    end("map-dense");
    begin();
    map_all(to, from);
    end("map-again");
    begin();
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)page, L4_PAGESHIFT, L4_FPAGE_W), L4_FP_OTHER_SPACES);
    end("restrict-children");
    begin();
    slot_free(to, true);
    end("end-of-task");
    begin();
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)page, L4_PAGESHIFT, L4_FPAGE_RWX), L4_FP_OTHER_SPACES);
    end("unmap-children");
    begin();
    slot_free(from, true);
    end("end-of-empty-task");
}

// ---- the same by messages ----

static l4_cap_idx_t receiver;
static unsigned volatile received;

static void receive_all(void *arg)
{
    (void)arg;
    for (;;) {
        l4_utcb_t *u = l4_utcb();
        u->buf.bdr = 0;
        u->buf.br[0] = L4_ITEM_MAP;
        u->buf.br[1] = l4_fpage_all().raw;
        l4_umword_t label;
        l4_ipc_wait(u, &label, L4_IPC_NEVER);
        received++;
    }
}

// A task of its own that sends all its memory and capabilities to the receiver, without being asked.
static void send_memory(void *arg)
{
    (void)arg;
    l4_utcb_t *u = l4_utcb();
    l4_umword_t label;
    l4_ipc_wait(u, &label, L4_IPC_NEVER); // for slot 5's thread to be told to begin
    for (;;) {
        u->msg.mr[0] = l4_map_control(0, 0, L4_MAP_ITEM_MAP);
        u->msg.mr[1] = l4_fpage(DENSE, 24, L4_FPAGE_RW).raw;
        l4_ipc_send(5ul << L4_CAP_SHIFT, u, l4_msgtag(0, 0, 1, 0), L4_IPC_NEVER);
        l4_ipc_wait(u, &label, L4_IPC_NEVER);
    }
}

static void go(l4_cap_idx_t thread)
{
    unsigned before = received;
    l4_ipc_send(thread, l4_utcb(), l4_msgtag(0, 0, 0, 0), L4_IPC_NEVER);
    while (received == before)
        l4_ipc_sleep(recv_us(100));
}

static void measure_messages(void)
{
    receiver = thread_make(receive_all, 0, MAIN_PRIO - 1, 0);
    struct other o = other_create(send_memory, 0, L4_INVALID_CAP, receiver, MAIN_PRIO - 1, 0);
    fill_dense(o.task);
    thread_start(receiver);
    settle();
    begin();
    go(o.thread);
    end("message-items");
    begin();
    go(o.thread);
    end("message-items-again");
    thread_delete(receiver);
    other_delete(&o);
}

// ---- capabilities ----

static l4_cap_idx_t area(unsigned i)
{
    return (l4_cap_idx_t)(SLOT_AREA + i) << L4_CAP_SHIFT;
}

static void copy_slots(l4_cap_idx_t task, unsigned to, l4_cap_idx_t what, unsigned order)
{
    l4_task_map(task, L4_BASE_TASK_CAP, l4_obj_fpage(what, order, L4_CAP_FPAGE_RWSD),
                l4_map_obj_control((l4_cap_idx_t)to << L4_CAP_SHIFT, 0));
}

static void measure_slots(void)
{
    l4_cap_idx_t sparse = task_make(), to = task_make(), gate = area(0);
    l4_factory_create(L4_BASE_FACTORY_CAP, 0, gate);
    for (unsigned i = 0; i < 4 * TABLES; i++)
        copy_slots(sparse, i * LEAF_SLOTS, gate, 0);
    begin();
    l4_task_map(to, sparse, l4_obj_fpage(0, 20, L4_CAP_FPAGE_RWS), l4_map_obj_control(0, 0));
    end("map-slots");
    begin();
    l4_task_unmap(to, l4_obj_fpage(0, 20, L4_CAP_FPAGE_RWSD), L4_FP_ALL_SPACES);
    end("unmap-slots");
    begin();
    l4_task_unmap(to, l4_obj_fpage(0, 20, L4_CAP_FPAGE_RWSD), L4_FP_ALL_SPACES);
    end("unmap-no-slots");
    begin();
    l4_task_map(sparse, to, l4_obj_fpage(0, 20, L4_CAP_FPAGE_RWS), l4_map_obj_control(0, 0));
    end("map-no-slots");
    for (unsigned i = 1; i < SLOTS; i++)
        copy_slots(L4_BASE_TASK_CAP, SLOT_AREA + i, gate, 0);
    begin();
    l4_task_delete_obj(L4_BASE_TASK_CAP, gate);
    end("delete-many-slots");
    begin();
    slot_free(sparse, true);
    slot_free(to, true);
    end("end-of-slots");
}

static void measure_objects(void)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        l4_factory_create(L4_BASE_FACTORY_CAP, L4_PROTO_IRQ_SENDER, area(i));
    begin();
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage(area(0), 13, L4_CAP_FPAGE_RWSD), L4_FP_DELETE_OBJ);
    end("delete-objects");
    l4_cap_idx_t owner = task_make();
    for (unsigned i = 0; i < OBJECTS; i++) {
        l4_factory_create(L4_BASE_FACTORY_CAP, 0, area(0));
        copy_slots(owner, i, area(0), 0);
        l4_task_release_cap(L4_BASE_TASK_CAP, area(0));
    }
    begin();
    slot_free(owner, true);
    end("end-of-owner");
    l4_cap_idx_t t = slot_alloc();
    for (unsigned i = 0; i < THREADS; i++)
        l4_factory_create(L4_BASE_FACTORY_CAP, L4_PROTO_THREAD, area(i));
    l4_factory_create(L4_BASE_FACTORY_CAP, L4_PROTO_THREAD, t);
    begin();
    slot_free(t, true);
    end("end-of-thread");
    begin();
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage(area(0), 13, L4_CAP_FPAGE_RWSD), L4_FP_DELETE_OBJ);
    end("delete-threads");
}

// ---- the console ----

extern char no_instruction[];

static void faults(void *arg)
{
    (void)arg;
    asm volatile(".globl no_instruction\nno_instruction: .inst 0");
}

// There is no handler: the kernel says so.
static void measure_faults(void)
{
    l4_cap_idx_t t = thread_run(faults, 0, MAIN_PRIO + 1, 0);
    begin();
    for (unsigned i = 0; i < 100; i++)
        l4_thread_ex_regs(t, (l4_addr_t)no_instruction, ~0ul, L4_THREAD_EX_REGS_CANCEL);
    l4_usleep(400000);
    end("fault-lines");
    thread_delete(t);
}

static void measure_writes(void)
{
    enum { LENGTH = 488 };
    l4_utcb_t *u = l4_utcb();
    begin();
    for (unsigned i = 0; i < 8; i++) {
        u->msg.mr[0] = 0;
        u->msg.mr[1] = LENGTH;
        char *text = (char *)&u->msg.mr[2];
        for (unsigned n = 0; n < LENGTH; n++)
            text[n] = n % 61 ? '.' : '\n';
        l4_ipc_send(L4_BASE_LOG_CAP, u, l4_msgtag(L4_PROTO_LOG, 2 + LENGTH / 8, 0, 0), L4_IPC_NEVER);
    }
    end("console-writes");
}

int main(void)
{
    main_place(MAIN_PRIO, 0);
    thread_run(watch, 0, 255, 0);
    for (unsigned i = 0; i < 2; i++) { // twice: the first one warms up
        begin();
        for (uint64_t t = counter(); counter() - t < 20000;)
            ;
        end("of-nothing");
    }
    measure_memory();
    measure_messages();
    measure_slots();
    measure_objects();
    measure_waits();
    measure_faults();
    measure_writes();
    print("BENCH done\n");
    l4_platform_ctl_system_shutdown(L4_BASE_ICU_CAP, 0);
    for (;;)
        l4_ipc_sleep(L4_IPC_NEVER);
}
