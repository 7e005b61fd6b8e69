// SPDX-License-Identifier: MIT
// Pager and exception handler of all client threads. Gives them the program's code and their own area; a fault elsewhere
// becomes an exception. A prober then returns FAULT from its access, a hostile thread starts anew.
#include "fuzz.h"

struct client client[CLIENTS];
static char areas[CLIENTS][AREA_PAGES * PAGE] __attribute__((aligned(PAGE)));
static l4_cap_idx_t supervisor;
extern char __executable_start[], etext[];

l4_cap_idx_t client_gate(unsigned n)
{
    return SLOT(SLOT_CLIENT + n);
}

l4_addr_t client_sp(unsigned n)
{
    return (l4_addr_t)areas[n] + sizeof areas[n] - 16;
}

static l4_msgtag_t answer_fault(struct client const *c, l4_utcb_t *u)
{
    l4_addr_t addr = u->msg.mr[0], page = l4_trunc_page(addr);
    bool code = page >= (l4_addr_t)__executable_start && page < (l4_addr_t)etext;
    bool own = page >= (l4_addr_t)c->area && page < (l4_addr_t)c->area + AREA_PAGES * PAGE;
    if (!own && (!code || (addr & L4_PF_WRITE)))
        return l4_msgtag(-1, 0, 0, 0);
    u->msg.mr[0] = l4_map_control(page, L4_FPAGE_CACHEABLE, L4_MAP_ITEM_MAP);
    u->msg.mr[1] = l4_fpage(page, L4_PAGESHIFT, own ? L4_FPAGE_RW : L4_FPAGE_RX).raw;
    return l4_msgtag(0, 0, 1, 0);
}

static void start_anew(unsigned n, l4_exc_regs_t *e)
{
    e->r[0] = (l4_umword_t)client[n].area;
    e->pc = (l4_umword_t)client[n].loop;
    e->sp = client_sp(n);
    e->pstate = 0;
    e->tpidruro = client[n].utcb;
}

static l4_msgtag_t answer_exception(unsigned n, l4_utcb_t *u)
{
    struct client *c = &client[n];
    l4_exc_regs_t *e = l4_utcb_exc_u(u);
    c->exceptions++;
    if (c->kind == CLIENT_CHAOS) {
        start_anew(n, e);
    } else {
        unsigned class = (unsigned)((uint32_t)e->err >> 26);
        l4_addr_t at = class == 0x20 ? e->r[30] : e->pc; // a jump: where it came from
        if (at < (l4_addr_t)probe_begin || at >= (l4_addr_t)probe_end) {
            finding("prober", "an exception elsewhere than at an access (pc)", e->pc, (l4_addr_t)probe_begin);
            start_anew(n, e);
        } else {
            e->pc = e->r[30];
            e->r[0] = FAULT;
        }
    }
    return l4_msgtag(0, L4_UTCB_EXCEPTION_REGS_SIZE, 0, 0);
}

static void supervise(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        unsigned n = (label >> 4) % CLIENTS;
        l4_msgtag_t answer = l4_msgtag(-1, 0, 0, 0);
        if (l4_msgtag_label(tag) == L4_PROTO_PAGE_FAULT && l4_msgtag_words(tag) == 2)
            answer = answer_fault(&client[n], u);
        else if (l4_msgtag_label(tag) == L4_PROTO_EXCEPTION && l4_msgtag_words(tag) == L4_UTCB_EXCEPTION_REGS_SIZE)
            answer = answer_exception(n, u);
        u->buf.bdr = 0;
        u->buf.br[0] = 0; // takes nothing
        tag = l4_ipc_reply_and_wait(u, answer, &label, L4_IPC_SEND_TIMEOUT_0);
        while (l4_msgtag_has_error(tag))
            tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    }
}

void supervisor_start(void)
{
    supervisor = thread_run(supervise, NULL, 250, 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        client[i].area = areas[i];
        if (l4_error(l4_factory_create_gate(L4_BASE_FACTORY_CAP, client_gate(i), supervisor, (l4_umword_t)i << 4)))
            finding("supervisor", "no gate", i, 0);
    }
}

bool client_start(unsigned n, struct client_thread t)
{
    struct client *c = &client[n];
    c->kind = t.kind;
    c->loop = t.loop;
    c->utcb = TASK_UTCB + t.utcb * L4_UTCB_OFFSET;
    if (l4_error(l4_factory_create_thread(t.factory, t.thread)))
        return false;
    if (l4_error(map_cap(t.task, t.pager_slot, client_gate(n), L4_CAP_FPAGE_RWS)))
        return false;
    l4_thread_control_start();
    l4_thread_control_pager(SLOT(t.pager_slot));
    l4_thread_control_exc_handler(SLOT(t.pager_slot));
    l4_thread_control_bind((l4_utcb_t *)c->utcb, t.task);
    if (l4_error(l4_thread_control_commit(t.thread)))
        return false;
    l4_umword_t *sp = (l4_umword_t *)client_sp(n);
    sp[0] = (l4_umword_t)t.loop;
    sp[1] = (l4_umword_t)c->area;
    thread_place(t.thread, t.prio, t.cpu);
    return !l4_error(l4_thread_ex_regs(t.thread, (l4_addr_t)thread_entry, client_sp(n), 0));
}
