// SPDX-License-Identifier: MIT
// An error that an access causes later belongs to whose access it was, though somebody else runs meanwhile (kernel-abi 4.19,
// 6.10).
#include "vcpu_run.h"

extern char serror_guest[], serror_guest_plain[], serror_guest_loop[], serror_guest_at_once[], serror_guest_open[],
    serror_guest_vectors[];
extern char serror_user[], serror_user_loop[], serror_user_at_once[], error_at_once_behind[];
uint64_t call_with_error(uint64_t tag, uint64_t dest);
void loop_with_error(unsigned volatile *at);
void error_at_once(void);
int main(void);

enum { EC_SVC = 0x15, EC_HVC = 0x16, EC_SERROR = 0x2f, SYS_CALL = 3, OWN_SLOT = 5, CODE_IPA = 0x10000 };
enum { PENDING = 0x2a, AT_ONCE = 0x2b }; // of fake_serror.c
enum { EL1H_MASKED = 0x3c5, HCR_VSE = 1 << 8, HCR_RW = 1u << 31, IRQ_LABEL = 0x550 };
enum { AFTER_CALL = 1 << 16 };

static l4_cap_idx_t gate, irq, vm, other_vm;

// ---- threads ----

static unsigned volatile stage, innocent;

static void causes(void *arg)
{
    (void)arg;
    stage = 1;
    call_with_error((uint64_t)l4_msgtag(0, 0, 0, 0).raw, (uint64_t)OWN_SLOT << L4_CAP_SHIFT | SYS_CALL);
    stage = 2;
    l4_ipc_call((l4_cap_idx_t)OWN_SLOT << L4_CAP_SHIFT, l4_utcb(), l4_msgtag(0, 0, 0, 0), L4_IPC_NEVER);
    l4_sleep_forever();
}

static void calls(void *arg)
{
    (void)arg;
    call_with_error((uint64_t)l4_msgtag(0, 0, 0, 0).raw, L4_BASE_SCHEDULER_CAP | SYS_CALL); // it knows no such protocol
    stage = 2;
    l4_sleep_forever();
}

static void loops(void *arg)
{
    (void)arg;
    loop_with_error(&stage);
    stage = 3;
    l4_sleep_forever();
}

static void takes_at_once(void *arg)
{
    (void)arg;
    stage = 1;
    error_at_once();
    stage = 2;
    l4_sleep_forever();
}

// What a message is: the class of an exception, else 0; -1 if none has come.
static int message(l4_msgtag_t t, l4_exc_regs_t *e)
{
    if (l4_msgtag_has_error(t))
        return -1;
    if (l4_msgtag_label(t) != L4_PROTO_EXCEPTION)
        return 0;
    *e = *l4_utcb_exc();
    return (int)l4_utcb_exc_typeval(e);
}

static int next_message(l4_exc_regs_t *e)
{
    l4_umword_t label;
    return message(l4_ipc_wait(l4_utcb(), &label, recv_us(1000000)), e);
}

static bool is_error(l4_exc_regs_t const *e, unsigned mark)
{
    return (uint32_t)e->err >> L4_ESR_EC_SHIFT == EC_SERROR && (e->err & 0xff) == mark;
}

static void answer(int label)
{
    l4_ipc_reply(l4_utcb(), l4_msgtag(label, 0, 0, 0), L4_IPC_SEND_TIMEOUT_0);
}

static void of_a_caller(void)
{
    l4_exc_regs_t e;
    struct other o = other_create(causes, 0, L4_INVALID_CAP, gate, LOW, 0); // it finds us waiting
    l4_thread_control_start();
    l4_thread_control_exc_handler((l4_cap_idx_t)OWN_SLOT << L4_CAP_SHIFT);
    l4_thread_control_commit(o.thread);
    l4_umword_t label;
    l4_msgtag_t t = l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER); // without timeouts: all goes by the fast path
    check_eq(message(t, &e), 0, "the call of a thread that leaves an error behind is a message like any other");
    t = l4_ipc_reply_and_wait(l4_utcb(), l4_msgtag(0, 0, 0, 0), &label, L4_IPC_SEND_TIMEOUT_0);
    check_eq(message(t, &e), EC_SERROR, "the error comes as an exception of that thread");
    check(is_error(&e, PENDING), "with its syndrome");
    check_eq(stage, 1, "before the thread does anything else");
    answer(0);
    check(next_message(&e) == 0 && stage == 2, "and it goes on when its handler wants it to");
    other_delete(&o);
}

static l4_cap_idx_t handled(void (*fn)(void *), unsigned prio, bool alien)
{
    l4_cap_idx_t t = thread_make(fn, 0, prio, 0);
    l4_thread_control_start();
    l4_thread_control_exc_handler(gate);
    if (alien)
        l4_thread_control_alien(1);
    l4_thread_control_commit(t);
    stage = 0;
    thread_start(t);
    return t;
}

// The main thread takes the CPU away.
static void of_a_preempted_thread(void)
{
    l4_exc_regs_t e;
    l4_cap_idx_t t = handled(loops, LOW, false);
    check(wait_value(&stage, 1, 500), "a thread runs with an error pending, and another one comes");
    check(next_message(&e) == EC_SERROR && is_error(&e, PENDING), "the error is the first one's exception");
    check(e.pc - (l4_addr_t)loop_with_error < 64 && e.r[0] == (l4_umword_t)&stage, "where it was");
    stage = 2;
    answer(0);
    check(wait_value(&stage, 3, 500), "and it goes on");
    thread_delete(t);
}

static void of_an_alien(void)
{
    l4_exc_regs_t e;
    l4_cap_idx_t t = handled(calls, HIGH, true);
    check(next_message(&e) == EC_SVC && !(e.err & AFTER_CALL), "an alien with an error pending asks for a call");
    answer(L4_PROTO_ALLOW_SYSCALL);
    check(next_message(&e) == EC_SERROR && is_error(&e, PENDING), "the error is its next exception");
    answer(0);
    check(next_message(&e) == EC_SVC && !(e.err & AFTER_CALL), "then it asks again");
    answer(L4_PROTO_ALLOW_SYSCALL);
    check(next_message(&e) == EC_SVC && (e.err & AFTER_CALL), "the call has been made");
    check_eq(stage, 0, "and it waits");
    answer(0);
    check(next_message(&e) == EC_SVC && !(e.err & AFTER_CALL) && stage == 2, "until it is to go on");
    thread_delete(t);
}

static void at_once(void)
{
    l4_exc_regs_t e;
    l4_cap_idx_t t = handled(takes_at_once, HIGH, false);
    check(next_message(&e) == EC_SERROR && is_error(&e, AT_ONCE), "an error that arrives while the thread runs");
    check(e.pc == (l4_addr_t)error_at_once_behind && e.pfa == 0, "is an exception where it is");
    answer(0);
    check(wait_value(&stage, 2, 500), "and the thread goes on");
    thread_delete(t);
}

// ---- where CPUs wait for each other's locks: a thread that is taken away keeps its error ----

enum { MANY = 3000 };
static unsigned volatile made, moves;
static l4_cap_idx_t roamer;

static void takes_many(void *arg)
{
    (void)arg;
    for (; made < MANY; made++)
        error_at_once();
    l4_sleep_forever();
}

static void moves_it(void *arg)
{
    (void)arg;
    for (; made < MANY; moves++)
        thread_place(roamer, HIGH, moves & 1 ? second_cpu() : 0);
    l4_sleep_forever();
}

static void under_contention(void)
{
    if (!second_cpu())
        return;
    l4_exc_regs_t e;
    unsigned got = 0;
    made = 0;
    roamer = handled(takes_many, HIGH, false);
    l4_cap_idx_t mover = thread_run(moves_it, 0, MAIN_PRIO, second_cpu());
    while (next_message(&e) == EC_SERROR) {
        got += is_error(&e, AT_ONCE);
        answer(0);
    }
    check(made == MANY && moves, "a thread with many errors is moved from CPU to CPU");
    check_eq(got, MANY, "and none is lost");
    thread_delete(mover);
    thread_delete(roamer);
}

// ---- vCPUs ----

static l4_vcpu_state_t *guest(unsigned area, l4_cap_idx_t task, char *code)
{
    l4_vcpu_state_t *v = vcpu_area(area);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    if (l4_error(l4_thread_vcpu_control_ext(L4_INVALID_CAP, (l4_addr_t)v)))
        check(false, "extended vCPU mode");
    v->r = (l4_vcpu_regs_t){.pc = CODE_IPA + (l4_addr_t)(code - serror_guest), .pstate = EL1H_MASKED};
    v->saved_state = L4_VCPU_F_USER_MODE | L4_VCPU_F_IRQ;
    v->user_task = task;
    e->hcr = L4_VCPU_HCR_MUST_SET | HCR_RW;
    e->sctlr = 0x30d00800;
    return v;
}

static bool error_came(l4_vcpu_state_t *v, unsigned mark)
{
    return ec(v) == EC_SERROR && (v->r.err & 0xff) == mark;
}

static bool left_with(l4_vcpu_state_t *v, unsigned class, unsigned number)
{
    return ec(v) == class && (v->r.err & 0xffff) == number;
}

static void another(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest(1, other_vm, serror_guest_plain);
    for (unsigned i = 0; i < 3; i++) {
        vcpu_run(v);
        innocent += ec(v) == EC_HVC;
        v->r.pc += 4;
    }
}

static void of_a_guest(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest(0, vm, serror_guest);
    vcpu_run(v);
    check(left_with(v, EC_HVC, 5), "a guest leaves, and an error of its accesses is pending");
    run_to_end(another, HIGH + 1, 0);
    check_eq(innocent, 3, "another guest does not get it");
    v->r.pc += 4;
    l4_addr_t pc = v->r.pc;
    vcpu_run(v);
    check(error_came(v, PENDING), "its VMM gets it with the next resume");
    check(v->r.pc == pc, "before the guest goes on");
    vcpu_run(v);
    check(left_with(v, EC_HVC, 6), "once");
    v->r.pc += 4;
    v->user_task = vm; // the resume takes the long way, and looks whether there is one
    vcpu_run(v);
    check(left_with(v, EC_HVC, 7), "and never again");
}

static l4_vcpu_state_t *user(char *code)
{
    l4_vcpu_state_t *v = vcpu_area(0);
    l4_thread_vcpu_control(L4_INVALID_CAP, (l4_addr_t)v);
    v->r = (l4_vcpu_regs_t){.pc = (l4_addr_t)code};
    v->saved_state = L4_VCPU_F_USER_MODE | L4_VCPU_F_IRQ;
    v->user_task = L4_BASE_TASK_CAP;
    return v;
}

static void of_a_user_task(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = user(serror_user);
    vcpu_run(v);
    check(left_with(v, EC_SVC, 5), "user mode of a plain vCPU leaves, and an error of its accesses is pending");
    l4_usleep(100); // somebody else runs
    l4_vcpu_regs_t r = v->r;
    l4_uint16_t state = v->saved_state;
    v->saved_state = 0;
    v->r.pc = v->entry_ip; // as if by upcall
    v->r.sp = v->entry_sp;
    v->r.err = 0;
    vcpu_run(v);
    check_eq((int64_t)v->r.err, 0, "a resume of the handler's own mode leaves it there");
    v->r = r;
    v->saved_state = state;
    v->r.pc += 4;
    l4_addr_t pc = v->r.pc;
    vcpu_run(v);
    check(error_came(v, PENDING) && v->r.pc == pc, "the handler gets it with the next resume, before user mode goes on");
    vcpu_run(v);
    check(left_with(v, EC_SVC, 6), "once");
}

static void errors_at_once(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = user(serror_user_at_once);
    vcpu_run(v);
    check(error_came(v, AT_ONCE) && v->r.pfa == 0, "an error that arrives in user mode of a plain vCPU is an exit");
    vcpu_run(v);
    check(left_with(v, EC_SVC, 7), "and user mode goes on");
    v = guest(0, vm, serror_guest_at_once);
    vcpu_run(v);
    check(error_came(v, AT_ONCE) && v->r.pfa == 0, "an error that arrives in a guest is an exit");
    vcpu_run(v);
    check(left_with(v, EC_HVC, 11), "and the guest goes on");
}

// ---- vCPUs from which another thread takes the CPU ----

static l4_vcpu_state_t *preempted;
static unsigned volatile upcalls;

static void runs_preempted(void *arg)
{
    l4_vcpu_state_t *v = preempted = arg ? guest(0, vm, serror_guest_loop) : user(serror_user_loop);
    stage = 1;
    vcpu_run(v);
    stage = 2;
    wait_value(&stage, 3, 1000);
    v->saved_state |= L4_VCPU_F_USER_MODE | L4_VCPU_F_IRQ;
    vcpu_run(v);
    stage = 4;
    l4_sleep_forever();
}

static l4_cap_idx_t start_preempted(bool is_guest)
{
    stage = 0;
    l4_cap_idx_t t = thread_make(runs_preempted, is_guest ? &vm : 0, LOW, 0);
    l4_irq_detach(irq);
    l4_rcv_ep_bind_thread(irq, t, IRQ_LABEL);
    thread_start(t);
    return t;
}

// A message for the handler, from who takes the CPU away. On a busy machine the loop may not have begun by then: once more.
static void with_message(bool is_guest)
{
    bool came, looped = false;
    l4_cap_idx_t t;
    for (unsigned ms = 20;; ms *= 2) {
        t = start_preempted(is_guest);
        l4_usleep(ms * 1000);
        l4_irq_trigger(irq);
        came = wait_value(&stage, 2, 500) && ec(preempted) == L4_EC_IPC_UPCALL && preempted->i.label == IRQ_LABEL;
        looped = came && preempted->r.r[5];
        if (!came || looped || ms > 1000)
            break;
        thread_delete(t);
    }
    check(looped, is_guest ? "a guest that is preempted with an error pending leaves for a message"
                           : "user mode that is preempted with an error pending leaves for a message");
    stage = 3;
    check(wait_value(&stage, 4, 500) && error_came(preempted, PENDING), "and then for the error");
    thread_delete(t);
}

// An exception that somebody asks for is the thread's, and replaces the error.
static void with_request(void)
{
    enum { EC_EX_REGS = 0x3e };
    l4_exc_regs_t e;
    stage = 0;
    l4_cap_idx_t t = thread_make(runs_preempted, 0, LOW, 0);
    l4_thread_control_start();
    l4_thread_control_exc_handler(gate);
    l4_thread_control_commit(t);
    l4_irq_detach(irq);
    l4_rcv_ep_bind_thread(irq, t, IRQ_LABEL);
    thread_start(t);
    l4_usleep(20000); // user mode runs, with an error pending
    l4_thread_ex_regs(t, ~0ul, ~0ul, L4_THREAD_EX_REGS_TRIGGER_EXCEPTION);
    l4_irq_trigger(irq);
    check_eq(next_message(&e), EC_EX_REGS, "an exception on request, and a message: the exception is the handler's");
    answer(0);
    check(wait_value(&stage, 2, 500), "and it goes on");
    thread_delete(t);
}

static void without_message(void)
{
    l4_cap_idx_t t = start_preempted(false);
    check(wait_value(&stage, 2, 500) && error_came(preempted, PENDING), "user mode that is preempted leaves with its error");
    thread_delete(t);
}

static void on_upcall(l4_vcpu_state_t *v)
{
    if (error_came(v, AT_ONCE) || error_came(v, PENDING))
        upcalls++;
    stage = 2;
    l4_ipc_call(L4_INVALID_CAP, l4_utcb(), l4_thread_vcpu_resume_start(), L4_IPC_NEVER);
}

// With exceptions on they come by upcall, whatever raises them.
static void in_own_mode(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = vcpu_area(0);
    l4_thread_vcpu_control(L4_INVALID_CAP, (l4_addr_t)v);
    v->entry_ip = (l4_addr_t)on_upcall;
    v->state = L4_VCPU_F_EXCEPTIONS;
    error_at_once();
    loop_with_error(&stage);
    v->state = 0;
    stage = 3;
    l4_sleep_forever();
}

static void of_a_handler(void)
{
    upcalls = stage = 0;
    l4_cap_idx_t t = thread_run(in_own_mode, 0, LOW, 0);
    check(wait_value(&stage, 3, 500), "a vCPU in its handler's mode goes on");
    check_eq(upcalls, 2, "errors come by upcall if exceptions do");
    thread_delete(t);
}

// ---- errors for guests ----

static void virtual(void *arg)
{
    (void)arg;
    l4_vcpu_state_t *v = guest(0, vm, serror_guest_open);
    l4_vcpu_ext_state_t *e = l4_vcpu_ext_state(v);
    l4_vcpu_el1_regs_t r;
    l4_thread_vcpu_el1_read(&r);
    r.vbar = CODE_IPA + (l4_addr_t)(serror_guest_vectors - serror_guest);
    l4_thread_vcpu_el1_write(L4_VCPU_EL1_BIT(vbar), &r);
    e->hcr |= HCR_VSE;
    e->gic_hcr = 1; // on: it may leave the usual way
    vcpu_run(v);
    check(left_with(v, EC_HVC, 8) && (e->hcr & HCR_VSE), "a SError for a guest that has it masked waits");
    v->r.pc += 4;
    vcpu_run(v);
    check(left_with(v, EC_HVC, 10), "the guest takes it when it opens");
    check(!(e->hcr & HCR_VSE), "and it is over");
}

static void map_code(l4_cap_idx_t task)
{
    l4_factory_create_vm(L4_BASE_FACTORY_CAP, task);
    for (unsigned i = 0; i < 2; i++)
        check_eq(l4_error(l4_task_map(task, L4_BASE_TASK_CAP,
                                      l4_fpage((l4_addr_t)serror_guest + 4096 * i, L4_PAGESHIFT, L4_FPAGE_RX),
                                      l4_map_control(CODE_IPA + 4096 * i, L4_FPAGE_CACHEABLE, 0))),
                 0, "guest code");
}

static void test_threads(void)
{
    gate = slot_alloc();
    l4_factory_create_gate(L4_BASE_FACTORY_CAP, gate, L4_BASE_THREAD_CAP, 0x7770);
    irq = slot_alloc();
    l4_factory_create_irq(L4_BASE_FACTORY_CAP, irq);
    of_a_caller();
    of_a_preempted_thread();
    of_an_alien();
    at_once();
    under_contention();
}

static void test_vcpus(void)
{
    vcpu_mem_init();
    vm = slot_alloc();
    other_vm = slot_alloc();
    for (unsigned i = 0; i < 2; i++)
        *(char volatile *)(serror_guest + 4096 * i); // there before it is mapped on
    map_code(vm);
    map_code(other_vm);
    run_to_end(of_a_guest, HIGH, 0);
    run_to_end(virtual, HIGH, 0);
    run_to_end(of_a_user_task, HIGH, 0);
    run_to_end(errors_at_once, HIGH, 0);
    with_message(true);
    with_message(false);
    without_message();
    with_request();
    of_a_handler();
}

static void (*const tests[])(void) = {test_threads, test_vcpus};

int main(void)
{
    tests_run("late errors", tests, sizeof tests / sizeof *tests);
}
