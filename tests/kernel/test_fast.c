// SPDX-License-Identifier: MIT
// What the fast path of page faults and of answers with items has to leave to the general one (kernel/ipc/fast.c): each of its
// conditions matters here.
#include "vcpu_run.h"

enum { UNMAPPED = 0x7fff0000, EC_DATA_ABORT = 0x24, FAR_SLOT = 0xfffff };

static l4_cap_idx_t gate, exceptions;
static unsigned volatile stage, faults, failed_answers, upcalls;
static unsigned upcall_class;
static void *page;
static uint64_t kept[2];

// ---- a pager that waits without timeouts, so that faults can come to it by the fast path ----

static enum { REFUSE, REFUSE_WITH_ITEM, GIVE, TOO_MANY } volatile answer;

static l4_msgtag_t answer_of(l4_msgtag_t request)
{
    unsigned words = 0;
    if (l4_msgtag_label(request) == L4_PROTO_EXCEPTION) {
        words = L4_UTCB_EXCEPTION_REGS_SIZE;
        l4_utcb_exc()->pc += 4;
    }
    mr()[words] = l4_map_control(UNMAPPED, 0, 0);
    mr()[words + 1] = l4_fpage((l4_addr_t)page, L4_PAGESHIFT, L4_FPAGE_RW).raw;
    if (answer == TOO_MANY)
        for (unsigned i = 0; i < L4_UTCB_GENERIC_DATA_SIZE; i++)
            mr()[i] = 0;
    return l4_msgtag(answer == GIVE || answer == TOO_MANY ? 0 : -1, words,
                     answer == REFUSE ? 0 : answer == TOO_MANY ? L4_UTCB_GENERIC_DATA_SIZE / 2 + 1 : 1, 0);
}

static void pager(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_msgtag_t t = l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    for (;;) {
        faults += l4_msgtag_label(t) == L4_PROTO_PAGE_FAULT;
        t = l4_ipc_reply_and_wait(l4_utcb(), answer_of(t), &label, L4_IPC_SEND_TIMEOUT_0);
        if (!l4_msgtag_has_error(t))
            continue;
        failed_answers += ipc_err(t) == L4_IPC_SEMSGCUT;
        answer = REFUSE;
        t = l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    }
}

static void touches(void *arg)
{
    (void)arg;
    stage = 1;
    register uint64_t x0 asm("x0") = UNMAPPED, x1 asm("x1") = 77;
    asm volatile("ldr wzr, [x0]" : "+r"(x0), "+r"(x1)::"memory");
    kept[0] = x0;
    kept[1] = x1;
    stage = 2;
    l4_sleep_forever();
}

static l4_cap_idx_t faulter(void (*fn)(void *), l4_cap_idx_t its_pager, bool alien)
{
    l4_cap_idx_t t = thread_make(fn, 0, LOW, 0);
    l4_thread_control_start();
    l4_thread_control_pager(its_pager);
    l4_thread_control_exc_handler(exceptions);
    if (alien)
        l4_thread_control_alien(1);
    l4_thread_control_commit(t);
    faults = stage = 0;
    thread_start(t);
    return t;
}

// The next message is a data abort's exception; the thread goes on behind the instruction.
static bool abort_comes(void)
{
    l4_umword_t label;
    l4_msgtag_t t = l4_ipc_wait(l4_utcb(), &label, recv_us(1000000));
    if (l4_msgtag_has_error(t) || l4_msgtag_label(t) != L4_PROTO_EXCEPTION ||
        l4_utcb_exc_typeval(l4_utcb_exc()) != EC_DATA_ABORT || l4_utcb_exc()->pfa != UNMAPPED)
        return false;
    l4_utcb_exc()->pc += 4;
    l4_ipc_reply(l4_utcb(), l4_msgtag(0, L4_UTCB_EXCEPTION_REGS_SIZE, 0, 0), L4_IPC_SEND_TIMEOUT_0);
    return wait_value(&stage, 2, 500);
}

static void answers_of_pager(void)
{
    answer = REFUSE;
    l4_cap_idx_t t = faulter(touches, gate, false);
    check(abort_comes() && faults == 1, "a fault that the pager refuses is an exception");
    thread_delete(t);
    answer = REFUSE_WITH_ITEM;
    t = faulter(touches, gate, false);
    check(abort_comes() && faults == 1, "also when it sends a page with that");
    thread_delete(t);
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage(UNMAPPED, L4_PAGESHIFT, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    answer = GIVE;
    t = faulter(touches, gate, false);
    check(wait_value(&stage, 2, 500) && faults == 1, "a page resolves the fault");
    check(kept[0] == UNMAPPED && kept[1] == 77, "and changes no register");
    thread_delete(t);
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage(UNMAPPED, L4_PAGESHIFT, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
}

static void answer_that_fails(void)
{
    answer = TOO_MANY;
    failed_answers = 0;
    l4_cap_idx_t t = faulter(touches, gate, false);
    check(abort_comes() && failed_answers == 1 && faults == 2, "a pager hears that its answer fails; the fault comes again");
    thread_delete(t);
}

static void moved(void)
{
    stage = 3;
    l4_sleep_forever();
}

static void undefined(void *arg)
{
    (void)arg;
    stage = 1;
    asm volatile(".inst 0");
    stage = 2;
    for (;;)
        ;
}

// Its answer has an item as well.
static void answer_to_exception(void)
{
    answer = GIVE;
    l4_cap_idx_t t = thread_make(undefined, 0, LOW, 0);
    l4_thread_control_start();
    l4_thread_control_exc_handler(gate);
    l4_thread_control_commit(t);
    stage = 0;
    thread_start(t);
    check(wait_value(&stage, 2, 500), "an exception is answered with registers and an item");
    l4_thread_ex_regs(t, (l4_addr_t)moved, ~0ul, 0);
    check(wait_value(&stage, 3, 500), "and is over");
    l4_task_unmap(L4_BASE_TASK_CAP, l4_fpage(UNMAPPED, L4_PAGESHIFT, L4_FPAGE_RWX), L4_FP_ALL_SPACES);
    thread_delete(t);
}

// ---- answers with a capability ----

enum { WINDOW = 0x3100, SLOW = 9, TIMEOUT_US = 30000 };
static l4_cap_idx_t const window = (l4_cap_idx_t)WINDOW << L4_CAP_SHIFT;
static l4_cap_idx_t service;
static unsigned volatile served, cut;

static void serves(void *arg)
{
    (void)arg;
    l4_umword_t label;
    mr()[0] = L4_ITEM_MAP;
    mr()[1] = l4_obj_fpage(L4_BASE_LOG_CAP, 0, L4_CAP_FPAGE_RW).raw;
    l4_msgtag_t t = l4_ipc_reply_and_wait(l4_utcb(), l4_msgtag(0, 0, 1, 0), &label, L4_IPC_SEND_TIMEOUT_0);
    check_eq(ipc_err(t), L4_IPC_ENOT_EXISTENT, "an answer with a capability that nobody waits for");
    t = l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    for (;;) {
        served++;
        if (l4_msgtag_label(t) == SLOW)
            l4_usleep(2 * TIMEOUT_US);
        mr()[0] = L4_ITEM_MAP;
        mr()[1] = l4_obj_fpage(L4_BASE_LOG_CAP, 0, L4_CAP_FPAGE_RW).raw;
        t = l4_ipc_reply_and_wait(l4_utcb(), l4_msgtag(1, 0, 1, 0), &label, L4_IPC_SEND_TIMEOUT_0);
        if (!l4_msgtag_has_error(t))
            continue;
        cut += ipc_err(t) == L4_IPC_SEMSGCUT;
        t = l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER);
    }
}

// Calls the service; the error, or -1 if there is none but no capability either.
static int64_t call_service(int label, l4_timeout_t timeout, unsigned slot, bool buffer)
{
    l4_utcb_t *u = l4_utcb();
    l4_cap_idx_t to = window + (l4_cap_idx_t)slot * L4_CAP_OFFSET;
    u->buf.bdr = 0;
    u->buf.br[0] = buffer ? to | L4_ITEM_MAP | L4_RCV_ITEM_SMALL : 0;
    u->buf.br[1] = 0;
    l4_msgtag_t t = l4_ipc_call(service, u, l4_msgtag(label, 0, 0, 0), timeout);
    int64_t error = ipc_err(t);
    if (error || !buffer)
        return error;
    bool came = l4_msgtag_items(t) == 1 && l4_error(l4_task_cap_valid(L4_BASE_TASK_CAP, to)) == 1;
    l4_task_unmap(L4_BASE_TASK_CAP, l4_obj_fpage(to, 0, L4_CAP_FPAGE_RWS), L4_FP_ALL_SPACES);
    return came ? 0 : -1;
}

struct client {
    unsigned slot;
    int64_t volatile error;
    unsigned volatile stage;
};

static void calls_slow(void *arg)
{
    struct client *c = arg;
    c->error = call_service(SLOW, L4_IPC_NEVER, c->slot, true);
    c->stage = 1;
    l4_sleep_forever();
}

static void answers_with_items(unsigned cpu)
{
    service = slot_alloc();
    served = cut = 0;
    l4_cap_idx_t server = thread_run(serves, 0, HIGH, 0);
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, service, server, 0x30);
    check_eq(call_service(0, L4_IPC_NEVER, 0, true), 0, "an answer with a capability");
    check(call_service(0, L4_IPC_NEVER, 0, false) == L4_IPC_REMSGCUT && cut == 1, "one without a buffer for it fails for both");
    check_eq(call_service(0, recv_us(TIMEOUT_US), 0, true), 0, "an answer to who waits with a timeout");
    check_eq(call_service(SLOW, L4_IPC_NEVER, 0, true), 0, "and that timeout is over");
    struct client c[2] = {{.slot = 1}, {.slot = 2}};
    l4_cap_idx_t t[2];
    served = 0;
    for (unsigned i = 0; i < 2; i++)
        t[i] = thread_run(calls_slow, &c[i], LOW, cpu);
    for (unsigned i = 0; i < 2; i++)
        check(wait_value(&c[i].stage, 1, 1000) && !c[i].error, "two callers, of whom one waits for the other");
    check_eq(served, 2, "each has an answer");
    for (unsigned i = 0; i < 2; i++)
        thread_delete(t[i]);
    thread_delete(server);
    slot_free(service, true);
}

// ---- faults that are not the pager's ----

static void on_upcall(l4_vcpu_state_t *v)
{
    upcalls++;
    upcall_class = ec(v);
    v->r.pc += 4;
    l4_ipc_call(L4_INVALID_CAP, l4_utcb(), l4_thread_vcpu_resume_start(), L4_IPC_NEVER);
}

static void touches_as_vcpu(void *arg)
{
    l4_vcpu_state_t *v = vcpu_become(0);
    v->entry_ip = (l4_addr_t)on_upcall;
    v->state = L4_VCPU_F_PAGE_FAULTS;
    touches(arg);
}

static void of_special_threads(void)
{
    answer = REFUSE;
    upcalls = 0;
    l4_cap_idx_t t = faulter(touches_as_vcpu, gate, false);
    check(wait_value(&stage, 2, 500) && upcalls == 1 && upcall_class == EC_DATA_ABORT && !faults,
          "a vCPU with page faults on has an upcall, its pager hears nothing");
    thread_delete(t);
    t = faulter(touches, gate, true);
    check(abort_comes() && !faults, "a fault of an alien is an exception, its pager hears nothing");
    thread_delete(t);
}

// ---- pagers that are none ----

static bool ended(l4_cap_idx_t t)
{
    return ipc_err(l4_ipc_send(t, l4_utcb(), l4_msgtag(0, 0, 0, 0), both_us(1000000))) == L4_IPC_ENOT_EXISTENT;
}

static void without_pager(void)
{
    l4_cap_idx_t empty = slot_alloc();
    l4_cap_idx_t const none[] = {empty, (l4_cap_idx_t)FAR_SLOT << L4_CAP_SHIFT, ~0ul << L4_CAP_SHIFT};
    for (unsigned i = 0; i < sizeof none / sizeof *none; i++) {
        l4_cap_idx_t t = faulter(touches, none[i], false);
        wait_value(&stage, 1, 500);
        check(ended(t) && stage == 1, "a fault of a thread whose pager's slot is empty, or none, ends it");
        thread_delete(t);
    }
    l4_cap_idx_t irq = slot_alloc(), semaphore = slot_alloc(), waits = thread_run(pager, 0, HIGH, 0);
    l4_factory_create_irq(L4_BASE_FACTORY_CAP, irq);
    l4_rcv_ep_bind_thread(irq, waits, 0);
    l4_factory_create_semaphore(L4_BASE_FACTORY_CAP, semaphore);
    l4_cap_idx_t const others[] = {irq, semaphore, L4_BASE_TASK_CAP, L4_BASE_FACTORY_CAP, L4_BASE_LOG_CAP, L4_BASE_ICU_CAP,
                                   L4_BASE_SCHEDULER_CAP};
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        l4_cap_idx_t t = faulter(touches, others[i], false);
        check(abort_comes() && !faults, "a fault of a thread whose pager takes no messages is an exception");
        thread_delete(t);
    }
    thread_delete(waits);
    slot_free(irq, true);
    slot_free(semaphore, true);
    slot_free(empty, false);
}

void test_fast(void)
{
    vcpu_mem_init();
    page = ram_alloc(L4_PAGESHIFT);
    gate = slot_alloc();
    exceptions = slot_alloc();
    l4_cap_idx_t p = thread_run(pager, 0, HIGH, 0);
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, p, 0x10);
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, exceptions, L4_BASE_THREAD_CAP, 0x20);
    answers_of_pager();
    answer_that_fails();
    answer_to_exception();
    for (unsigned cpu = 0; cpu <= second_cpu(); cpu++)
        answers_with_items(cpu);
    of_special_threads();
    without_pager();
    thread_delete(p);
    slot_free(gate, true);
    slot_free(exceptions, true);
}
