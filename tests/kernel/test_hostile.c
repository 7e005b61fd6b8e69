// SPDX-License-Identifier: MIT
// Garbage in all registers and message registers of system calls, from a task that has little to
// lose. The kernel must answer with errors and survive; what the task had must come back when it is
// deleted.
#include "harness.h"

enum { THREADS = 4, ROUNDS = 6, ROUND_MS = 150, QUOTA = 2 << 20, GATE_SLOT = 0x10, RAM_PAGES = 16 };
extern char __executable_start[], _end[];
static char ram[RAM_PAGES][4096]
    __attribute__((aligned(4096))); // all that the hostile task can write
static l4_cap_idx_t supervisor, task, factory, threads[THREADS], gates[THREADS];

struct hostile { // at the start of a thread's own pages, its stack above
    uint64_t seed;
    uint64_t volatile calls;
    unsigned volatile vcpu; // may become a vCPU
};

static struct hostile *state_of(unsigned i)
{
    return (struct hostile *)ram[i * (RAM_PAGES / THREADS)];
}

static uintptr_t stack_of(unsigned i)
{
    return (uintptr_t)ram[(i + 1) * (RAM_PAGES / THREADS)] - 16;
}

// ---- in the hostile task ----

static inline uint64_t rnd(struct hostile *h)
{
    uint64_t s = h->seed;
    s ^= s << 13;
    s ^= s >> 7;
    s ^= s << 17;
    return h->seed = s;
}

static uint64_t word(struct hostile *h)
{
    uint64_t r = rnd(h), v = r >> 8;
    switch (r & 15) {
    case 0:
        return v;
    case 1:
        return 0 - (v & 0x3f);
    case 2:
        return ((v & 0x3f) << 12) | (v & 0xf00000 ? 8 : (v >> 20 & 0xff)); // item control word
    case 3:
    case 4: // object flexpage
        return ((v & 0x3f) << 12) | ((v >> 8 & 7) ? 0 : (v >> 12 & 0x3f) << 6) | 0x30 |
               (v >> 20 & 0xf);
    case 5:
    case 6: // memory flexpage
        return (((v & 0xffff) << 12) ^ (v & 0x10000 ? (uint64_t)ram : 0)) |
               ((12 + (v >> 20) % 12) << 6) | 0x10 | (v >> 30 & 7);
    case 7:
        return TASK_UTCB + (v & 0xff8);
    case 8:
        return 0x1f << 6 | (v & 0x3f);
    case 9:
        return (v & 0x7f) << 12 | (v >> 8 & 0xf); // receive item
    case 10:
        return (v & 0x21) | (v >> 8 & 3) << 16 | (v >> 12 & 3) << 20; // operation with flags
    case 11:
        return 1ull << (v & 63);
    default:
        return v & 0x1f;
    }
}

static void one_call(struct hostile *h, l4_utcb_t *u)
{
    static int8_t const proto[] = {-1,  -2,  -5,  -10, -11, -11, -11, -12, -12,
                                   -12, -14, -14, -15, -15, -18, -20, 0,   1};
    for (unsigned i = 0; i < 12; i++)
        u->msg.mr[i] = word(h);
    if (!(rnd(h) & 7))
        for (unsigned i = 0; i < 63; i++)
            u->msg.mr[i] = word(h);
    u->buf.bdr = rnd(h) & 1 ? 0 : word(h);
    for (unsigned i = 0; i < 4; i++)
        u->buf.br[i] = word(h);
    if (rnd(h) & 1)
        u->buf.br[0] = (rnd(h) & 0x3f) << 12 | L4_RCV_ITEM_SINGLE_CAP;
    uint64_t r = rnd(h);
    int64_t label = proto[r % sizeof proto];
    if (!(r >> 8 & 15))
        label = (int64_t)word(h);
    unsigned op = u->msg.mr[0] & 0xffff;
    if (label == L4_PROTO_THREAD && !h->vcpu && (op == 7 || op == 4))
        u->msg.mr[0] = 1;
    if (label == L4_PROTO_FACTORY)
        u->msg.mr[0] = (uint64_t)(int64_t)proto[rnd(h) % sizeof proto];
    unsigned words = r >> 12 & 1 ? (r >> 16 & 7) : (r >> 16 & 63), items = r >> 24 & 3;
    l4_umword_t dest = r >> 26 & 7 ? (r >> 30 & 0x3f) << 12 : r >> 36 & 3 ? L4_INVALID_CAP : rnd(h);
    unsigned flags = r >> 38 & 1 ? L4_SYSF_CALL : (r >> 40 & 15);
    static uint32_t const timeout[] = {0x04000400, 0x00640064, 0x04000064, 0x80008001, 0x00010400};
    l4_umword_t from = rnd(h);
    l4_msgtag_t tag = l4_msgtag(label, words, items, r >> 44 & 7 ? 0 : (unsigned)(r >> 48));
    l4_invoke(tag, &from, (dest & ~0xful) | flags, (l4_timeout_t){timeout[r % 5]});
}

static void hostile_loop(void *arg)
{
    struct hostile *h = arg;
    l4_utcb_t *utcb = l4_utcb();
    for (;;) {
        one_call(h, utcb);
        h->calls++;
    }
}

// ---- its supervisor: pager, exception handler ----

static void supervise(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        unsigned i = label >> 4 & (THREADS - 1);
        l4_msgtag_t answer = l4_msgtag(-1, 0, 0, 0);
        if (l4_msgtag_label(tag) == L4_PROTO_PAGE_FAULT) {
            uintptr_t page = l4_trunc_page(u->msg.mr[0]);
            bool own = page >= (uintptr_t)ram && page < (uintptr_t)ram + sizeof ram;
            if (page >= l4_trunc_page((uintptr_t)__executable_start) && page < (uintptr_t)_end) {
                *(char volatile *)page;
                u->msg.mr[0] = l4_map_control(page, L4_FPAGE_CACHEABLE, L4_MAP_ITEM_MAP);
                u->msg.mr[1] = l4_fpage(page, L4_PAGESHIFT, own ? L4_FPAGE_RW : L4_FPAGE_RX).raw;
                answer = l4_msgtag(0, 0, 1, 0);
            }
        } else if (l4_msgtag_label(tag) == L4_PROTO_EXCEPTION) {
            l4_exc_regs_t *e = l4_utcb_exc_u(u);
            e->r[0] = (uintptr_t)state_of(i);
            e->pc = (uintptr_t)hostile_loop;
            e->sp = stack_of(i);
            e->pstate = 0;
            e->tpidruro = TASK_UTCB + i * L4_UTCB_OFFSET;
            answer = l4_msgtag(0, L4_UTCB_EXCEPTION_REGS_SIZE, 0, 0);
        }
        u->buf.bdr = 0;
        u->buf.br[0] = 0; // takes nothing
        tag = l4_ipc_reply_and_wait(u, answer, &label, L4_IPC_SEND_TIMEOUT_0);
        if (l4_msgtag_has_error(tag))
            tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    }
}

static l4_cap_idx_t slot(unsigned n)
{
    return (l4_cap_idx_t)n << L4_CAP_SHIFT;
}

static void give(unsigned n, l4_cap_idx_t cap, unsigned rights)
{
    l4_task_map(task, L4_BASE_TASK_CAP, l4_obj_fpage(cap, 0, rights),
                l4_map_obj_control(slot(n), 0));
}

static bool create_round(unsigned round)
{
    l4_fpage_t area = l4_fpage(TASK_UTCB, L4_PAGESHIFT, L4_FPAGE_RW);
    if (l4_error(l4_factory_create_factory(L4_BASE_FACTORY_CAP, factory, QUOTA)) ||
        l4_error(l4_factory_create_task(factory, task, &area)))
        return false;
    give(1, task, L4_CAP_FPAGE_RWS);
    give(2, factory, L4_CAP_FPAGE_RWS);
    give(7, L4_BASE_SCHEDULER_CAP, L4_CAP_FPAGE_RWS);
    for (unsigned i = 0; i < THREADS; i++) {
        l4_factory_create_gate(L4_BASE_FACTORY_CAP, gates[i], supervisor, i << 4);
        l4_factory_create_thread(factory, threads[i]);
        give(GATE_SLOT + i, gates[i], L4_CAP_FPAGE_RWS);
        give(8 + i, threads[i], L4_CAP_FPAGE_RWS);
        l4_thread_control_start();
        l4_thread_control_pager(slot(GATE_SLOT + i));
        l4_thread_control_exc_handler(slot(GATE_SLOT + i));
        l4_thread_control_bind((l4_utcb_t *)(TASK_UTCB + (uintptr_t)i * L4_UTCB_OFFSET), task);
        if (l4_error(l4_thread_control_commit(threads[i])))
            return false;
        struct hostile *h = state_of(i);
        h->seed = random_next() | 1;
        h->vcpu = round >= ROUNDS / 2;
        uintptr_t *sp = (uintptr_t *)stack_of(i);
        sp[0] = (uintptr_t)hostile_loop;
        sp[1] = (uintptr_t)h;
    }
    for (unsigned i = 0; i < THREADS; i++) {
        thread_place(threads[i], LOW, i % cpus_online());
        l4_thread_ex_regs(threads[i], (l4_addr_t)thread_entry, stack_of(i), 0);
    }
    return true;
}

// Threads that are stuck are set upon their loop again.
static void kick(uint64_t last[])
{
    for (unsigned i = 0; i < THREADS; i++) {
        uint64_t now = state_of(i)->calls;
        if (now == last[i])
            l4_thread_ex_regs(threads[i], (l4_addr_t)thread_entry, stack_of(i),
                              L4_THREAD_EX_REGS_CANCEL);
        last[i] = now;
        thread_place(threads[i], LOW, (unsigned)(random_next() % cpus_online()));
    }
}

void test_hostile(void)
{
    task = slot_alloc();
    factory = slot_alloc();
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = slot_alloc();
        gates[i] = slot_alloc();
    }
    supervisor = thread_run(supervise, 0, HIGH, 0);
    bool created = true, again = true;
    uint64_t calls = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t last[THREADS] = {0}, begin = calls;
        created &= create_round(round);
        for (unsigned ms = 0; ms < ROUND_MS; ms += 10) {
            l4_usleep(10000);
            kick(last);
        }
        for (unsigned i = 0; i < THREADS; i++) {
            l4_task_delete_obj(L4_BASE_TASK_CAP, threads[i]);
            l4_task_delete_obj(L4_BASE_TASK_CAP, gates[i]);
            calls += state_of(i)->calls;
            state_of(i)->calls = 0;
        }
        l4_task_delete_obj(L4_BASE_TASK_CAP, task);
        l4_task_delete_obj(L4_BASE_TASK_CAP, factory);
        again &= calls > begin;
    }
    check(created, "hostile task created");
    check(again, "it did system calls in each round");
    print("# hostile system calls: ");
    print_num((int64_t)calls);
    print("\n");
    check(calls > 1000, "thousands of system calls with garbage");
    thread_delete(supervisor);
    l4_icu_info_t info;
    check_eq(l4_error(l4_icu_info(L4_BASE_ICU_CAP, &info)), 0, "the kernel answers still");
}
