// SPDX-License-Identifier: MIT
// A world: three victim tasks, each with a prober, their window of memory and their capability slots. One driver thread of
// root works on it. Nobody else has a capability for any part of it, so its account is exact, whatever others do.
#include "fuzz.h"

enum { QUOTA = 6 << 20, STEPS = 24, ROOT_BASE = 0x100 };

l4_addr_t world_addr(struct world *w, unsigned task, unsigned page)
{
    return (task ? WINDOW : (l4_addr_t)w->pool) + (l4_addr_t)page * PAGE;
}

l4_cap_idx_t world_slot(struct world *w, unsigned task, unsigned slot)
{
    return task ? SLOT(VICTIM_SLOT + slot) : SLOT(SLOT_WORLD + w->id * 0x200 + ROOT_BASE + slot);
}

void world_note(struct world *w, struct call c)
{
    w->call[w->num_calls++ % LENGTH(w->call)] = c;
}

bool world_fault(struct world *w, char const *what, uint64_t got, uint64_t expected)
{
    for (unsigned i = 0; i < LENGTH(w->call); i++) { // oldest first
        struct call *c = &w->call[(w->num_calls + i) % LENGTH(w->call)];
        struct line l = {.len = 0};
        if (!c->name)
            continue;
        line_add(&l, "# did ");
        line_add(&l, c->name);
        for (unsigned k = 0; k < LENGTH(c->word); k++) {
            line_add(&l, " ");
            line_num(&l, c->word[k], 16);
        }
        line_end(&l);
    }
    finding(w->name, what, got, expected);
    return false;
}

// Beside the hostile threads, or, in every second round, before them: they call twenty times as often, and what the account
// says would seldom be held against the kernel.
unsigned world_prio(void)
{
    return round_number % 2 ? CHAOS_PRIO + 1 : CHAOS_PRIO + CHAOS_PRIOS;
}

static l4_cap_idx_t own_slot(struct world *w, unsigned n)
{
    return SLOT(SLOT_WORLD + w->id * 0x200 + n);
}

static void copy_own(l4_cap_idx_t from, l4_cap_idx_t to, unsigned rights)
{
    l4_task_map(L4_BASE_TASK_CAP, L4_BASE_TASK_CAP, l4_obj_fpage(from, 0, rights), l4_map_obj_control(to, 0));
}

// Content by which a page is known, and code that tells it.
static void fill_pool(struct world *w)
{
    for (unsigned p = 0; p < PAGES; p++) {
        char *page = w->pool + p * PAGE;
        *(uint64_t *)page = MAGIC + w->id * PAGES + p;
        uint32_t *code = (uint32_t *)(page + EXEC_OFFSET);
        code[0] = 0x52800000 | p << 5;                            // mov w0, #p
        code[1] = 0x72a00000 | (EXEC_VALUE >> 16) << 5;           // movk w0, #..., lsl #16
        code[2] = 0xd65f03c0;                                     // ret
        asm volatile("dc cvau, %0; dsb ish; ic ivau, %0; dsb ish; isb" : : "r"(code) : "memory");
    }
}

static bool create_victim(struct world *w, unsigned t)
{
    unsigned n = w->id * TASKS + t, cpus = cpus_online();
    l4_fpage_t area = l4_fpage(TASK_UTCB, KU_ORDER, L4_FPAGE_RW);
    w->task[t] = own_slot(w, 0x10 + t);
    w->weak_task[t] = own_slot(w, 0x18 + t);
    w->odd_task[t] = own_slot(w, 0x20 + t);
    w->thread[t] = own_slot(w, 0x28 + t);
    w->prober[t] = (struct prober *)client[n].area;
    *w->prober[t] = (struct prober){.magic = 0};
    if (l4_error(l4_factory_create_task(w->factory, w->task[t], &area)))
        return false;
    copy_own(w->task[t], w->weak_task[t], L4_CAP_FPAGE_RW);
    copy_own(w->task[t], w->odd_task[t], L4_CAP_FPAGE_RS);
    map_cap(w->task[t], 1, w->task[t], L4_CAP_FPAGE_RWS);
    struct client_thread c = {.kind = CLIENT_PROBER, .thread = w->thread[t], .factory = w->factory, .task = w->task[t],
                              .pager_slot = 4, .utcb = UTCB_PROBER, .loop = prober_loop, .prio = world_prio(),
                              .cpu = (w->id + t) % cpus};
    return client_start(n, c);
}

static bool connect_victims(struct world *w)
{
    for (unsigned t = 1; t < TASKS; t++) {
        l4_cap_idx_t gate = own_slot(w, 0x30 + t);
        if (l4_error(l4_factory_create_gate(w->factory, gate, w->thread[t], 0x2000)))
            return false;
        for (unsigned v = 1; v < TASKS; v++) {
            map_cap(w->task[v], 0x30 + t, gate, L4_CAP_FPAGE_RWS);
            map_cap(w->task[v], 0x38 + t, gate, L4_CAP_FPAGE_RW);
        }
    }
    return true;
}

bool world_create(struct world *w)
{
    w->factory = own_slot(w, 1);
    w->scratch = own_slot(w, 2);
    w->task[0] = L4_BASE_TASK_CAP;
    w->weak_task[0] = own_slot(w, 3);
    w->odd_task[0] = own_slot(w, 4);
    copy_own(L4_BASE_TASK_CAP, w->weak_task[0], L4_CAP_FPAGE_RW);
    copy_own(L4_BASE_TASK_CAP, w->odd_task[0], L4_CAP_FPAGE_RS);
    memory_init(w);
    caps_init(w);
    fill_pool(w);
    if (l4_error(l4_factory_create_factory(L4_BASE_FACTORY_CAP, w->factory, QUOTA)))
        return world_fault(w, "no factory", 0, 0);
    for (unsigned t = 1; t < TASKS; t++)
        if (!create_victim(w, t))
            return world_fault(w, "no victim", t, 0);
    return connect_victims(w) || world_fault(w, "no gates", 0, 0);
}

// Victims change CPUs meanwhile, so that what a CPU keeps of their page tables matters.
static void migrate(struct world *w)
{
    unsigned n = (unsigned)rnd(&w->rng);
    thread_place(w->thread[1 + n % (TASKS - 1)], world_prio(), n / 16 % cpus_online());
    w->calls++;
}

// Harmless operations on what is there once only, with their answers.
static bool step_others(struct world *w)
{
    struct rng *r = &w->rng;
    l4_utcb_t *u = l4_utcb();
    unsigned pin = 100 + w->id;
    l4_icu_info_t info;
    w->calls++;
    switch (below(r, 6)) {
    case 0: {
        int64_t e = l4_error(l4_factory_create_irq(w->factory, w->scratch));
        int64_t a = l4_error(l4_icu_bind(L4_BASE_ICU_CAP, pin, w->scratch));
        int64_t b = l4_error(l4_icu_bind(L4_BASE_ICU_CAP, pin, w->scratch));
        l4_icu_mask(L4_BASE_ICU_CAP, pin, NULL, L4_IPC_NEVER);
        int64_t c = l4_error(l4_icu_set_mode(L4_BASE_ICU_CAP, pin, L4_IRQ_F_LEVEL_HIGH));
        l4_task_delete_obj(L4_BASE_TASK_CAP, w->scratch);
        w->calls += 5;
        return (!e && !a && (b == 0 || b == -L4_EINVAL) && !c) || world_fault(w, "a pin", (uint64_t)(e ? e : a ? a : c), 0);
    }
    case 1:
        u->msg.mr[0] = 3; // get_attr
        return !l4_error(l4_ipc_call(L4_BASE_LOG_CAP, u, l4_msgtag(L4_PROTO_LOG, 1, 0, 0), L4_IPC_NEVER)) ||
               world_fault(w, "attributes of the console", 0, 0);
    case 2:
        u->msg.mr[0] = 0; // a write of more than there can be
        u->msg.mr[1] = 489 + rnd(r);
        l4_ipc_send(L4_BASE_LOG_CAP, u, l4_msgtag(L4_PROTO_LOG, 2, 0, 0), L4_IPC_NEVER);
        return true;
    case 3:
        return !l4_error(l4_icu_info(L4_BASE_ICU_CAP, &info)) || world_fault(w, "the ICU does not answer", 0, 0);
    case 4: {
        uint64_t begin = now_us(), us = 1 + below(r, 300);
        l4_usleep(us);
        return now_us() - begin >= us || world_fault(w, "a sleep was too short", now_us() - begin, us);
    }
    default: {
        l4_sched_cpu_set_t set = l4_sched_cpu_set(below(r, 70), 0, 1);
        l4_kernel_clock_t us;
        l4_scheduler_idle_time(L4_BASE_SCHEDULER_CAP, &set, &us);
        return true;
    }
    }
}

void world_run(struct world *w)
{
    bool good = true;
    while (!stop && good) {
        migrate(w);
        for (unsigned i = 0; i < STEPS && good; i++)
            good = below(&w->rng, 2) ? memory_step(w) : caps_step(w);
        good = good && step_others(w);
    }
    if (good && memory_sweep(w))
        caps_sweep(w);
}

void world_delete(struct world *w)
{
    for (unsigned i = 0; i < SLOTS; i++)
        l4_task_delete_obj(L4_BASE_TASK_CAP, world_slot(w, 0, i));
    for (unsigned t = 1; t < TASKS; t++) {
        l4_task_delete_obj(L4_BASE_TASK_CAP, w->thread[t]);
        l4_task_delete_obj(L4_BASE_TASK_CAP, w->task[t]);
        l4_task_delete_obj(L4_BASE_TASK_CAP, own_slot(w, 0x30 + t));
    }
    l4_task_release_cap(L4_BASE_TASK_CAP, w->weak_task[0]);
    l4_task_release_cap(L4_BASE_TASK_CAP, w->odd_task[0]);
    l4_task_delete_obj(L4_BASE_TASK_CAP, w->factory);
}
