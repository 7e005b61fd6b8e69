// SPDX-License-Identifier: MIT
// Groups of hostile tasks: what they are given, what happens to them from outside, and whether they reach no more than that.
#include "fuzz.h"

enum {
    JAIL_ROUNDS = 4, // one of them
    FIRST_CLIENT = WORLDS * TASKS,
    PER_TASK = CHAOS_THREADS + 1,
    FORBIDDEN = 4,
    PAGE_IDS = 0x4000, // behind those of the worlds
    STORE_MARK = 0xbad,
};

// The marks of their pages. They differ from those of the worlds in both halves of the word: a hostile thread stores words
// of 32 bits, too, and must not turn one mark into another.
#define GROUP_MAGIC (MAGIC + (1ul << 48) + PAGE_IDS)

struct chaos_task {
    l4_cap_idx_t task, thread[CHAOS_THREADS], prober;
    unsigned client; // of the first thread
    uint64_t seen[CHAOS_THREADS];
};

struct group {
    l4_cap_idx_t factory, jail, vm, gate[CHAOS_TASKS], irq[2], sem, read_only;
    struct chaos_task task[CHAOS_TASKS];
};

static struct group group[GROUPS];
static l4_cap_idx_t forbidden[FORBIDDEN]; // objects that nobody gets
static char pages[GROUPS + 1][2 * CHAOS_PAGES][PAGE] __attribute__((aligned(PAGE))); // those of the last nobody gets
static char guest_page[PAGE] __attribute__((aligned(PAGE)));
static uint64_t calls, hostile_calls;

static struct hostile *hostile(struct chaos_task const *t, unsigned i)
{
    return (struct hostile *)client[t->client + i].area;
}

// Adds what a thread has called since. It may have overwritten its own counter.
static void count_calls(struct chaos_task *t, unsigned i)
{
    uint64_t now = hostile(t, i)->calls, n = now - t->seen[i];
    if (n < 1 << 20)
        hostile_calls += n;
    t->seen[i] = now;
}

uint64_t chaos_calls(void)
{
    return calls + hostile_calls;
}

// ---- what they are given ----

// The first half of a group's pages to read and write, the second to read.
static void give_page(struct chaos_task const *t, unsigned g, unsigned p)
{
    l4_task_map(t->task, L4_BASE_TASK_CAP,
                l4_fpage((l4_addr_t)pages[g][p], L4_PAGESHIFT, p < CHAOS_PAGES ? L4_FPAGE_RWX : L4_FPAGE_RX),
                l4_map_control(WINDOW + p * PAGE, L4_FPAGE_CACHEABLE, L4_MAP_ITEM_MAP));
}

static void start_thread(unsigned g, struct chaos_task *t, unsigned i, struct rng *r)
{
    struct hostile *h = hostile(t, i);
    if (t->thread[i])
        count_calls(t, i);
    t->seen[i] = 0;
    *h = (struct hostile){.magic = GROUP_MAGIC + (GROUPS + 1 + g) * 2 * CHAOS_PAGES, .rng = {rnd(r) | 1}};
    h->scribbler = i == CHAOS_THREADS - 1;
    h->vcpu = i == 0 ? TASK_UTCB + PAGE : i == 1 ? TASK_UTCB + PAGE + 0x800 : 0;
    l4_task_delete_obj(L4_BASE_TASK_CAP, t->thread[i]);
    struct client_thread c = {.kind = CLIENT_CHAOS, .thread = t->thread[i], .factory = group[g].factory, .task = t->task,
                              .pager_slot = C_PAGER + i, .utcb = i, .loop = chaos_loop};
    c.cpu = below(r, cpus_online());
    c.prio = CHAOS_PRIO + below(r, CHAOS_PRIOS);
    client_start(t->client + i, c);
    for (unsigned k = 0; k < CHAOS_TASKS; k++) {
        struct chaos_task *other = &group[g].task[k];
        unsigned mine = (unsigned)(t - group[g].task) * CHAOS_THREADS + i;
        map_cap(other->task, C_THREAD + mine, t->thread[i], below(r, 4) ? L4_CAP_FPAGE_RWS : L4_CAP_FPAGE_RW);
    }
}

static void give_objects(struct group *g, struct chaos_task *t, struct chaos_task *other)
{
    map_cap(t->task, C_TASK, t->task, L4_CAP_FPAGE_RWS);
    map_cap(t->task, C_OTHER, other->task, L4_CAP_FPAGE_RWS);
    map_cap(t->task, C_FACTORY, g->factory, L4_CAP_FPAGE_RWS);
    map_cap(t->task, C_JAIL, g->jail, L4_CAP_FPAGE_RWS);
    map_cap(t->task, C_VM, g->vm, L4_CAP_FPAGE_RWS);
    for (unsigned i = 0; i < CHAOS_TASKS; i++)
        l4_task_map(t->task, L4_BASE_TASK_CAP, l4_obj_fpage(g->gate[i], 0, L4_CAP_FPAGE_RWS),
                    l4_map_obj_control(SLOT(C_GATE + i), L4_FPAGE_C_IPCGATE_SVR));
    for (unsigned i = 0; i < 2; i++)
        map_cap(t->task, C_IRQ + i, g->irq[i], L4_CAP_FPAGE_RWS);
    map_cap(t->task, C_SEM, g->sem, L4_CAP_FPAGE_RWS);
    map_cap(t->task, C_READ_ONLY, g->read_only, L4_CAP_FPAGE_RO);
}

bool chaos_has_jails(void)
{
    return round_number % JAIL_ROUNDS == 1;
}

static bool create_group(unsigned n)
{
    struct group *g = &group[n];
    l4_fpage_t area = l4_fpage(TASK_UTCB, KU_ORDER, L4_FPAGE_RW);
    unsigned s = SLOT_CHAOS + n * 0x100;
    g->factory = SLOT(s);
    g->vm = SLOT(s + 1);
    g->sem = SLOT(s + 2);
    g->read_only = SLOT(s + 3);
    g->jail = SLOT(s + 8);
    if (chaos_has_jails())
        l4_factory_create_factory(L4_BASE_FACTORY_CAP, g->jail, JAIL_QUOTA);
    bool good = !l4_error(l4_factory_create_factory(L4_BASE_FACTORY_CAP, g->factory, CHAOS_QUOTA)) &&
                !l4_error(l4_factory_create(g->factory, L4_PROTO_VM, g->vm)) &&
                !l4_error(l4_factory_create_semaphore(g->factory, g->sem)) &&
                !l4_error(l4_factory_create_irq(L4_BASE_FACTORY_CAP, g->read_only));
    for (unsigned i = 0; i < 2; i++) {
        g->irq[i] = SLOT(s + 4 + i);
        good = good && !l4_error(l4_factory_create_irq(g->factory, g->irq[i]));
    }
    for (unsigned i = 0; good && i < CHAOS_TASKS; i++) {
        struct chaos_task *t = &g->task[i];
        g->gate[i] = SLOT(s + 6 + i);
        t->task = SLOT(s + 0x10 + i);
        t->prober = SLOT(s + 0x18 + i);
        t->client = FIRST_CLIENT + (n * CHAOS_TASKS + i) * PER_TASK;
        for (unsigned k = 0; k < CHAOS_THREADS; k++)
            t->thread[k] = SLOT(s + 0x20 + i * 8 + k);
        good = !l4_error(l4_factory_create_task(g->factory, t->task, &area)) &&
               !l4_error(l4_factory_create(g->factory, 0, g->gate[i]));
    }
    if (good)
        l4_task_map(g->vm, L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)guest_page, L4_PAGESHIFT, L4_FPAGE_RX),
                    l4_map_control(0x10000, L4_FPAGE_CACHEABLE, L4_MAP_ITEM_MAP));
    for (unsigned i = 0; good && i < CHAOS_TASKS; i++) {
        give_objects(g, &g->task[i], &g->task[!i]);
        for (unsigned p = 0; p < 2 * CHAOS_PAGES; p++)
            give_page(&g->task[i], n, p);
    }
    return good;
}

static void fill_pages(void)
{
    for (unsigned g = 0; g <= GROUPS; g++)
        for (unsigned p = 0; p < 2 * CHAOS_PAGES; p++)
            for (unsigned k = 0; k < PAGE / 8; k++)
                ((uint64_t *)pages[g][p])[k] = k ? 0 : GROUP_MAGIC + g * 2 * CHAOS_PAGES + p;
    for (unsigned i = 0; i < (unsigned)(guest_code_end - guest_code); i++)
        guest_page[i] = guest_code[i];
    asm volatile("dc cvau, %0; dsb ish; ic ivau, %0; dsb ish; isb" : : "r"(guest_page) : "memory");
}

bool chaos_create(void)
{
    struct rng r = {seed ^ (round_number * 77 + 1)};
    fill_pages();
    bool good = true;
    for (unsigned i = 0; i < FORBIDDEN; i++) {
        forbidden[i] = SLOT(SLOT_CHAOS + 0x800 + i);
        long const proto[FORBIDDEN] = {L4_PROTO_IRQ_SENDER, L4_PROTO_SEMAPHORE, L4_PROTO_VM, 0};
        good &= !l4_error(l4_factory_create(L4_BASE_FACTORY_CAP, proto[i], forbidden[i]));
    }
    for (unsigned g = 0; g < GROUPS; g++)
        good = good && create_group(g);
    for (unsigned g = 0; good && g < GROUPS; g++)
        for (unsigned t = 0; t < CHAOS_TASKS; t++)
            for (unsigned i = 0; i < CHAOS_THREADS; i++)
                start_thread(g, &group[g].task[t], i, &r);
    return good;
}

// ---- what happens to them ----

static void kick(struct chaos_task *t, unsigned i)
{
    struct hostile *h = hostile(t, i);
    map_cap(t->task, C_PAGER + i, client_gate(t->client + i), L4_CAP_FPAGE_RWS);
    if (h->calls == t->seen[i])
        l4_thread_ex_regs(t->thread[i], (l4_addr_t)thread_entry, client_sp(t->client + i), L4_THREAD_EX_REGS_CANCEL);
    count_calls(t, i);
    calls += 2;
}

void chaos_mix(struct rng *r)
{
    unsigned g = below(r, GROUPS), i = below(r, CHAOS_THREADS);
    struct chaos_task *t = &group[g].task[below(r, CHAOS_TASKS)];
    calls++;
    switch (below(r, 16)) {
    case 0:
        start_thread(g, t, i, r);
        break;
    case 1:
    case 2:
        thread_place(t->thread[i], 7 + below(r, 3), below(r, cpus_online()));
        break;
    case 3:
        l4_thread_ex_regs(t->thread[i], ~0ul, ~0ul, L4_THREAD_EX_REGS_CANCEL);
        break;
    case 4:
        l4_thread_ex_regs(t->thread[i], ~0ul, ~0ul, L4_THREAD_EX_REGS_TRIGGER_EXCEPTION);
        break;
    case 5:
        l4_irq_trigger(group[g].irq[i & 1]);
        break;
    case 6:
        l4_rcv_ep_bind_thread(group[g].irq[i & 1], t->thread[i], rnd(r) & 0xff0);
        break;
    case 7:
        l4_rcv_ep_bind_thread(group[g].gate[i & 1], t->thread[i], 0x100);
        break;
    case 8: // takes a page from everybody, and gives it again
        l4_task_unmap(L4_BASE_TASK_CAP,
                      l4_fpage((l4_addr_t)pages[g][i], L4_PAGESHIFT, below(r, 2) ? L4_FPAGE_RWX : below(r, 8)),
                      L4_FP_OTHER_SPACES);
        give_page(t, g, i);
        break;
    case 9:
        give_objects(&group[g], t, &group[g].task[t == group[g].task]);
        break;
    case 10:
        give_page(t, g, below(r, 2 * CHAOS_PAGES));
        break;
    case 11:
        l4_ipc_send(t->thread[i], l4_utcb(), l4_msgtag(0, 1, 0, 0), send_us(20));
        break;
    case 12: {
        l4_kernel_clock_t us;
        l4_thread_stats_time(t->thread[i], &us);
        break;
    }
    default:
        kick(t, i);
    }
}

// ---- what they reach ----

// The slot may not name an object that the task was never given, nor one with more rights.
static void check_slot(struct group *g, struct chaos_task *t, unsigned i)
{
    for (unsigned k = 0; k <= FORBIDDEN; k++) {
        bool read_only = k == FORBIDDEN;
        for (unsigned rights = L4_CAP_FPAGE_RO + read_only; rights <= L4_CAP_FPAGE_RWS; rights++) {
            map_cap(t->task, C_SPARE, read_only ? g->read_only : forbidden[k], rights);
            if (l4_error(l4_task_cap_equal(t->task, SLOT(i), SLOT(C_SPARE))) == 1)
                finding("hostile task", read_only ? "got rights to an object, in slot" : "got an object, in slot", i, 0);
        }
    }
}

static void check_slots(struct group *g, struct chaos_task *t)
{
    for (unsigned i = 0; i < C_SPARE; i++)
        if (l4_error(l4_task_cap_valid(t->task, SLOT(i))) == 1)
            check_slot(g, t, i);
    l4_task_release_cap(t->task, SLOT(C_SPARE));
}

static bool start_prober(unsigned g, struct chaos_task *t)
{
    extern char __executable_start[], end[];
    // Its code and its area must be those that the supervisor gives.
    for (l4_addr_t a = (l4_addr_t)__executable_start; a < (l4_addr_t)end; a += PAGE)
        l4_task_unmap(t->task, l4_fpage(a, L4_PAGESHIFT, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    *(struct prober *)client[t->client + CHAOS_THREADS].area =
        (struct prober){.magic = GROUP_MAGIC + (GROUPS + 1 + g) * 2 * CHAOS_PAGES};
    struct client_thread c = {.kind = CLIENT_PROBER, .thread = t->prober, .factory = L4_BASE_FACTORY_CAP, .task = t->task,
                              .pager_slot = C_PROBER_PAGER, .utcb = UTCB_PROBER, .loop = prober_loop, .prio = MAIN_PRIO,
                              .cpu = below(&(struct rng){seed}, cpus_online())};
    return client_start(t->client + CHAOS_THREADS, c);
}

// Loads from the page where it may lie, and stores to it; `none`: it was taken from everybody.
static void check_window(unsigned g, struct chaos_task *t, bool none)
{
    struct prober *p = (struct prober *)client[t->client + CHAOS_THREADS].area;
    uint64_t first = GROUP_MAGIC + g * 2 * CHAOS_PAGES;
    for (unsigned page = 0; page < 64;) {
        p->count = 0;
        for (unsigned i = 0; i + 1 < PROBES && page < 64; i += 2, page++) {
            p->probe[i] = (struct probe){PROBE_LOAD, WINDOW + page * PAGE, 0, 0};
            p->probe[i + 1] = (struct probe){PROBE_STORE, WINDOW + page * PAGE, STORE_MARK, 0};
            p->count = i + 2;
        }
        if (!prober_run(t->prober)) {
            finding("hostile task", "its prober does not answer, group", g, 0);
            return;
        }
        for (unsigned i = 0; i < p->count; i += 2) {
            uint64_t got = p->probe[i].result;
            bool known = (got >= MAGIC && got < MAGIC + PAGE_IDS) ||
                         (got >= GROUP_MAGIC && got < GROUP_MAGIC + (GROUPS + 1) * 2 * CHAOS_PAGES);
            if (known && (none || got < first || got >= first + 2 * CHAOS_PAGES))
                finding("hostile task",
                        none ? "reads a page that was taken from it" : "reads a page that it was never given", got,
                        FAULT);
        }
    }
}

// No store may have reached what group g cannot write. Its threads have used what they can as stacks: `fresh` forgets that.
static void check_stores(unsigned g, bool fresh)
{
    for (unsigned k = 0; k <= GROUPS; k++) {
        for (unsigned p = 0; p < 2 * CHAOS_PAGES; p++) {
            uint64_t volatile *page = (uint64_t volatile *)pages[k][p];
            bool writable = p < CHAOS_PAGES && (k == g || (fresh && k < GROUPS)); // by somebody who ran
            for (unsigned i = 1; i < PAGE / 8; i++) {
                if (page[i] && !writable)
                    finding("hostile task", "wrote a page that it may not write", page[i], 0);
                page[i] = 0;
            }
        }
    }
}

void chaos_stop(void)
{
    for (unsigned g = 0; g < GROUPS; g++)
        for (unsigned t = 0; t < CHAOS_TASKS; t++)
            for (unsigned i = 0; i < CHAOS_THREADS; i++) {
                l4_task_delete_obj(L4_BASE_TASK_CAP, group[g].task[t].thread[i]);
                count_calls(&group[g].task[t], i);
            }
}

void chaos_check(void)
{
    check_stores(0, true); // what the threads did
    for (unsigned g = 0; g < GROUPS; g++) {
        for (unsigned t = 0; t < CHAOS_TASKS && !findings; t++) {
            struct chaos_task *task = &group[g].task[t];
            check_slots(&group[g], task);
            if (!start_prober(g, task))
                finding("hostile task", "no prober for group", g, 0);
            else
                check_window(g, task, false);
        }
        check_stores(g, false);
        for (unsigned p = 0; p < 2 * CHAOS_PAGES; p++)
            l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage((l4_addr_t)pages[g][p], L4_PAGESHIFT, L4_FPAGE_RWX), L4_FP_OTHER_SPACES);
        for (unsigned t = 0; t < CHAOS_TASKS && !findings; t++)
            check_window(g, &group[g].task[t], true);
    }
}

void chaos_delete(void)
{
    for (unsigned g = 0; g < GROUPS; g++) {
        struct group *q = &group[g];
        for (unsigned t = 0; t < CHAOS_TASKS; t++) {
            l4_task_delete_obj(L4_BASE_TASK_CAP, q->task[t].prober);
            l4_task_delete_obj(L4_BASE_TASK_CAP, q->task[t].task);
            l4_task_delete_obj(L4_BASE_TASK_CAP, q->gate[t]);
            l4_task_delete_obj(L4_BASE_TASK_CAP, q->irq[t]);
        }
        l4_task_delete_obj(L4_BASE_TASK_CAP, q->sem);
        l4_task_delete_obj(L4_BASE_TASK_CAP, q->read_only);
        l4_task_delete_obj(L4_BASE_TASK_CAP, q->vm);
        l4_task_delete_obj(L4_BASE_TASK_CAP, q->jail);
        l4_task_delete_obj(L4_BASE_TASK_CAP, q->factory);
    }
    for (unsigned i = 0; i < FORBIDDEN; i++)
        l4_task_delete_obj(L4_BASE_TASK_CAP, forbidden[i]);
}
