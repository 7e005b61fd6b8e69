// SPDX-License-Identifier: MIT
// What takes long, while interrupts come: large messages arrive once and whole, deletions are complete when they return,
// also those of what the caller stands on.
#include "harness.h"

enum { PAGES = 1500, ORDER = 24, SLOTS = 700, SLOT_WINDOW = 0x20000, SLOTS_ORDER = 12, MARK = 0x5a17,
       PERIOD_US = 300 }; // leaves time to others on a slow machine, too
#define WINDOW (256ul << 30) // in this task
#define SOURCE (3ul << 30)   // in the sender's

static unsigned volatile ticks, stop;

static void tick(void *arg)
{
    (void)arg;
    while (!stop) {
        l4_ipc_sleep(recv_us(PERIOD_US));
        ticks++;
    }
    l4_ipc_sleep(L4_IPC_NEVER);
}

// In a task of its own: waits for a word and sends or replies, as it says.
enum { SEND, REPLY };
static void sender(void *arg)
{
    (void)arg;
    l4_utcb_t *u = l4_utcb();
    l4_umword_t label;
    l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        bool reply = u->msg.mr[0] == REPLY;
        u->msg.mr[0] = MARK;
        u->msg.mr[1] = l4_map_control(0, L4_FPAGE_CACHEABLE, L4_MAP_ITEM_MAP);
        u->msg.mr[2] = l4_fpage(SOURCE, ORDER, L4_FPAGE_RW).raw;
        u->msg.mr[3] = l4_map_obj_control(0, 0);
        u->msg.mr[4] = l4_obj_fpage(0, SLOTS_ORDER, L4_CAP_FPAGE_RW).raw;
        l4_msgtag_t tag = l4_msgtag(7, 1, 2, 0);
        if (reply) {
            l4_ipc_reply_and_wait(u, tag, &label, L4_IPC_NEVER);
        } else {
            l4_ipc_send(5ul << L4_CAP_SHIFT, u, tag, L4_IPC_NEVER);
            l4_ipc_wait(u, &label, L4_IPC_NEVER);
        }
    }
}

static unsigned volatile messages, wrong, ask, hold; // ask: call the partner, else wait; hold: not yet
static l4_cap_idx_t partner;

static void receiver(void *arg)
{
    (void)arg;
    l4_utcb_t *u = l4_utcb();
    while (hold)
        l4_ipc_sleep(recv_us(200));
    for (;;) {
        u->buf.bdr = 2 << 10;
        u->buf.br[0] = L4_ITEM_MAP;
        u->buf.br[1] = l4_fpage(WINDOW, ORDER, L4_FPAGE_RW).raw;
        u->buf.br[2] = L4_ITEM_MAP;
        u->buf.br[3] = l4_obj_fpage((l4_cap_idx_t)SLOT_WINDOW << L4_CAP_SHIFT, SLOTS_ORDER, L4_CAP_FPAGE_RWS).raw;
        l4_umword_t label;
        u->msg.mr[0] = REPLY;
        l4_msgtag_t tag = ask ? l4_ipc_call(partner, u, l4_msgtag(0, 1, 0, 0), L4_IPC_NEVER)
                              : l4_ipc_wait(u, &label, L4_IPC_NEVER);
        if (l4_msgtag_has_error(tag) || l4_msgtag_label(tag) != 7 || u->msg.mr[0] != MARK ||
            l4_msgtag_items(tag) != 2 || (u->msg.mr[1] & 6) || (u->msg.mr[3] & 6))
            wrong++;
        messages++;
        l4_ipc_sleep(L4_IPC_NEVER); // until it is started again
    }
}

// All pages and slots are there; takes them away again.
static bool whole(void)
{
    unsigned pages = 0, slots = 0;
    for (unsigned i = 0; i < PAGES; i++)
        pages += *(unsigned volatile *)(WINDOW + i * L4_PAGESIZE) == MARK;
    for (unsigned i = 0; i < SLOTS; i++)
        slots += l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, (l4_cap_idx_t)(SLOT_WINDOW + 16 + i) << L4_CAP_SHIFT)) == 1;
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage(WINDOW, ORDER, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    l4_task_unmap(L4_BASE_TASK_CAP,
                  l4_obj_fpage((l4_cap_idx_t)SLOT_WINDOW << L4_CAP_SHIFT, SLOTS_ORDER, L4_CAP_FPAGE_RWS),
                  L4_FP_ALL_SPACES);
    return pages == PAGES && slots == SLOTS;
}

static void one(char const *name, l4_cap_idx_t *rcv, unsigned cpu, struct other *o, bool call, bool late)
{
    unsigned before = messages;
    ask = call;
    partner = o->thread;
    thread_place(*rcv, MAIN_PRIO - 1, cpu);
    hold = late;
    thread_start(*rcv);
    settle();
    if (!call) {
        mr()[0] = SEND;
        l4_ipc_send(o->thread, l4_utcb(), l4_msgtag(0, 1, 0, 0), L4_IPC_NEVER);
    }
    if (late) {
        settle();
        hold = 0;
    }
    check(wait_value(&messages, before + 1, 1000) && !wrong && whole(), name);
    settle();
    check_eq(messages, before + 1, "and once");
}

static void fill(struct other *o, l4_cap_idx_t gate)
{
    static unsigned page[1024] __attribute__((aligned(4096)));
    page[0] = MARK;
    for (unsigned i = 0; i < PAGES; i++)
        l4_task_map(o->task, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)page, L4_PAGESHIFT, L4_FPAGE_RW),
                    l4_map_control(SOURCE + i * L4_PAGESIZE, L4_FPAGE_CACHEABLE, L4_MAP_ITEM_MAP));
    for (unsigned i = 0; i < SLOTS; i++)
        l4_task_map(o->task, L4_BASE_TASK_CAP, l4_obj_fpage(gate, 0, L4_CAP_FPAGE_RW),
                    l4_map_obj_control((l4_cap_idx_t)(16 + i) << L4_CAP_SHIFT, 0));
}

static void each_way(unsigned cpu)
{
    static struct {
        char const *name;
        bool call, late;
    } const ways[] = {
        {"large items to a receiver that waits", false, false},
        {"large items from a sender that waits", false, true},
        {"large items in a reply", true, false},
    };
    l4_cap_idx_t gate = slot_alloc();
    l4_factory_create(L4_BASE_FACTORY_CAP, 0, gate);
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
        l4_cap_idx_t rcv = thread_make(receiver, 0, MAIN_PRIO - 1, cpu);
        struct other o = other_create(sender, 0, L4_INVALID_CAP, rcv, MAIN_PRIO - 1, 0);
        fill(&o, gate);
        one(ways[i].name, &rcv, cpu, &o, ways[i].call, ways[i].late);
        thread_delete(rcv);
        other_delete(&o);
    }
    slot_free(gate, true);
}

// ---- who deletes what it needs to go on ----

enum { GO = 5, WAITERS = 20 };

static void deletes_own_task(void *arg)
{
    unsigned volatile *stage = arg;
    while (*stage != GO)
        l4_usleep(100);
    *stage = 1;
    l4_task_delete_obj(1ul << L4_CAP_SHIFT, 1ul << L4_CAP_SHIFT);
    *stage = 2; // not reached: its memory is gone
    for (;;)
        ;
}

static void own_task(unsigned cpu, l4_cap_idx_t gate)
{
    static unsigned volatile stage;
    stage = 0;
    struct other o = other_create(deletes_own_task, (void *)&stage, L4_INVALID_CAP, L4_INVALID_CAP, HIGH, cpu);
    fill(&o, gate);
    l4_task_map(o.task, L4_BASE_TASK_CAP, l4_obj_fpage(o.task, 0, L4_CAP_FPAGE_RWSD), l4_map_obj_control(L4_CAP_SIZE, 0));
    stage = GO;
    check(wait_change(&stage, GO, 1000), "a thread deletes the large task that it runs in");
    l4_kernel_clock_t before, after = 0;
    unsigned tries = 0;
    do { // it may be on its way still
        before = after;
        settle();
        l4_thread_stats_time(o.thread, &after);
    } while (after != before && ++tries < 50);
    check_eq(stage, 1, "and does not return to it");
    check_eq((int64_t)(after - before), 0, "and does not run on");
    other_delete(&o);
}

// ---- whose threads go on while it ends ----

enum { PAGER_SLOT = 4000, FRESH = 128 }; // behind what fill() puts in: it goes last
static char fresh[FRESH * L4_PAGESIZE] __attribute__((aligned(L4_PAGESIZE)));

static void faults_now_and_then(void *arg)
{
    while (!*(unsigned volatile *)arg)
        l4_ipc_sleep(recv_us(200));
    for (unsigned i = 0; i < FRESH; i++) {
        l4_ipc_sleep(recv_us(20));
        (void)*(char volatile *)&fresh[i * L4_PAGESIZE];
    }
    l4_ipc_sleep(L4_IPC_NEVER);
}

// Its pager can give it nothing any more, and says that all is well. It is more urgent than this thread.
static void ends_while_it_faults(l4_cap_idx_t gate)
{
    static unsigned volatile go;
    go = 0;
    struct other o = other_create(faults_now_and_then, (void *)&go, L4_INVALID_CAP, L4_INVALID_CAP, HIGH, 0);
    l4_task_map(o.task, o.task, l4_obj_fpage(L4_BASE_PAGER_CAP, 0, L4_CAP_FPAGE_RWS),
                l4_map_obj_control((l4_cap_idx_t)PAGER_SLOT << L4_CAP_SHIFT, 0));
    l4_thread_control_start();
    l4_thread_control_pager((l4_cap_idx_t)PAGER_SLOT << L4_CAP_SHIFT);
    check_eq(l4_error(l4_thread_control_commit(o.thread)), 0, "a pager in a late slot");
    fill(&o, gate);
    unsigned before = pager_faults;
    go = 1;
    check(wait_change(&pager_faults, before, 1000), "a thread faults now and then");
    slot_free(o.task, true);
    check(true, "and its task ends meanwhile");
    slot_free(o.thread, true);
}

static unsigned volatile aborted;

static void waits_for(void *arg)
{
    l4_ipc_receive(*(l4_cap_idx_t *)arg, l4_utcb(), L4_IPC_NEVER);
    __atomic_fetch_add(&aborted, 1, __ATOMIC_RELAXED);
    l4_ipc_sleep(L4_IPC_NEVER);
}

static void deletes_itself(void *arg)
{
    l4_cap_idx_t self = *(l4_cap_idx_t *)arg;
    l4_task_delete_obj(L4_BASE_TASK_CAP, self);
    for (;;)
        aborted = 1000;
}

static void awaited(unsigned cpu)
{
    l4_cap_idx_t waiter[WAITERS], t = thread_make(deletes_itself, &t, HIGH, cpu);
    aborted = 0;
    for (unsigned i = 0; i < WAITERS; i++)
        waiter[i] = thread_run(waits_for, &t, LOW, i & 1 ? cpu : 0);
    settle();
    thread_start(t);
    check(wait_value(&aborted, WAITERS, 1000), "a thread deletes itself while many wait for it");
    settle();
    for (unsigned i = 0; i < WAITERS; i++)
        thread_delete(waiter[i]);
    thread_delete(t);
}

// ---- a deletion that wakes others ----

static void waits_at(void *arg)
{
    l4_ipc_call(*(l4_cap_idx_t *)arg, l4_utcb(), l4_msgtag(0, 0, 0, 0), L4_IPC_NEVER);
    __atomic_fetch_add(&aborted, 1, __ATOMIC_RELAXED);
    l4_ipc_sleep(L4_IPC_NEVER);
}

static void deletion_is_complete(unsigned cpu)
{
    l4_cap_idx_t waiter[WAITERS], factory = slot_alloc(), gate = slot_alloc(), again = slot_alloc(), rest[64];
    l4_factory_create_factory(L4_BASE_FACTORY_CAP, factory, 8192);
    l4_factory_create(factory, 0, gate);
    unsigned n = 0;
    while (n < 64 && !l4_error(l4_factory_create(factory, 0, rest[n] = slot_alloc())))
        n++;
    check(n > 0 && n < 64, "a factory is used up");
    aborted = 0;
    for (unsigned i = 0; i < WAITERS; i++) // more urgent than this thread
        waiter[i] = thread_run(waits_at, &gate, HIGH, cpu);
    settle();
    l4_task_delete_obj(L4_BASE_TASK_CAP, gate);
    check_eq(l4_error(l4_factory_create(factory, 0, again)), 0, "the memory of what was deleted is there at once");
    check(wait_value(&aborted, WAITERS, 1000), "and who waited at it is told");
    settle();
    for (unsigned i = 0; i < WAITERS; i++)
        thread_delete(waiter[i]);
    for (unsigned i = 0; i <= n && i < 64; i++)
        slot_free(rest[i], true);
    slot_free(again, true);
    slot_free(gate, true);
    slot_free(factory, true);
}

static void self_deletion(unsigned cpu)
{
    l4_cap_idx_t gate = slot_alloc();
    l4_factory_create(L4_BASE_FACTORY_CAP, 0, gate);
    for (unsigned i = 0; i < 5; i++) {
        own_task(cpu, gate);
        ends_while_it_faults(gate);
        awaited(cpu);
        deletion_is_complete(cpu);
    }
    slot_free(gate, true);
}

void test_long(void)
{
    unsigned cpus[] = {0, second_cpu()};
    for (unsigned i = 0; i < 2 && (!i || cpus[i]); i++) {
        ticks = 0;
        stop = 0;
        l4_cap_idx_t t = thread_run(tick, 0, HIGH + 2, cpus[i]);
        each_way(cpus[i]);
        self_deletion(cpus[i]);
        check(ticks > 10, "while interrupts come");
        stop = 1;
        settle();
        thread_delete(t);
    }
}
