// SPDX-License-Identifier: MIT
// Messages of interrupts to a vCPU whose guest runs on another CPU. The sender queues them and kicks that CPU, which delivers
// them itself: with its interrupt, or when it chooses the vCPU again, if something else came first. And a guest's late errors,
// which its handler is told of. The kernel's own code, on CPUs that take turns; tests/verify/kick.pml is a model of this.
#include <arch/exception.h>
#include <arch/guest.h>
#include "arch/arm64/guest_fast.h"
#include <arch/stage2.h>
#include <arch/sysreg.h>
#include <arch/vcpu.h>
#include <arch/vcpu_area.h>
#include "debug/assert.h"
#include "ipc/ipc.h"
#include "kernel_cpus.h"
#include "lock/lock_set.h"
#include "object/irq.h"
#include "object/task.h"
#include "sched/sched.h"
#include "unit_run.h"
#include <l4/sys/consts.h>
#include <stdlib.h>
#include <string.h>

enum { CPUS = 3, VCPUS = 2, LINES = 2 };                 // LINES: interrupts of each vCPU
enum { PRIO_IDLE = 1, PRIO_VCPU = 10, PRIO_RIVAL = 20 };

static struct task vmm, vm, others; // `others`: of the threads that are no vCPUs

static struct program { // a thread and its memory
    struct thread t;
    l4_utcb_t utcb;
} idler[CPUS], rival[CPUS], other[2]; // idlers can always run; rivals take their CPU from vCPUs, or wait for a call

static struct irq call[CPUS]; // of the rivals

static struct vcpu_program {
    struct program p;
    _Alignas(8) char area[L4_VCPU_STATE_EXT_SIZE];
    struct el1_state el1;
    struct irq line[LINES];
    unsigned sent[LINES], heard[LINES]; // a message that has not been taken stands for all until then
    unsigned preempted;
    unsigned flags;                     // of its user mode, besides the usual ones
} vcpus[VCPUS];

// ---- threads, and what they do ----

static void program_init(struct program *p, struct task *task, struct cpu *cpu, uint8_t prio)
{
    memset(p, 0, sizeof(*p));
    object_init(&p->t.obj, OBJ_THREAD, NULL);
    p->t.sender.kind = SENDER_THREAD;
    p->t.utcb = &p->utcb;
    p->t.task = task;
    p->t.cpu = cpu;
    p->t.has_regs = p->t.placed = true;
    p->t.state = THREAD_READY;
    p->t.prio = p->t.run.prio = prio;
}

static void irq_init(struct irq *i, struct thread *t, uint64_t id)
{
    memset(i, 0, sizeof(*i));
    object_init(&i->obj, OBJ_IRQ, NULL);
    i->sender.kind = SENDER_IRQ;
    i->thread = t;
    i->id = id;
}

static void vcpu_init(struct vcpu_program *v, struct cpu *cpu)
{
    memset(v, 0, sizeof(*v));
    struct thread *t = &v->p.t;
    program_init(&v->p, &vmm, cpu, PRIO_VCPU);
    t->slow = true;
    t->vcpu.area = v->area;
    t->vcpu.el1 = &v->el1;
    t->vcpu.user_task = &vm;
    vcpu_area(t)->user_task = L4_VCPU_USER_TASK_KEEP;
    vcpu_area(t)->saved_state = L4_VCPU_F_USER_MODE | L4_VCPU_F_IRQ;
    vcpu_ext(t)->gic_hcr = 1; // on
    for (unsigned i = 0; i < LINES; i++)
        irq_init(&v->line[i], t, i);
}

static struct vcpu_program *vcpu_of(struct thread const *t)
{
    for (struct vcpu_program *v = vcpus; v < vcpus + VCPUS; v++)
        if (t == &v->p.t)
            return v;
    return NULL;
}

static unsigned class_of(uint64_t err)
{
    return (unsigned)((uint32_t)err >> L4_ESR_EC_SHIFT);
}

static bool message_waits(struct vcpu_program const *v)
{
    bool queued = false;
    for (unsigned i = 0; i < LINES; i++)
        queued |= v->line[i].sender.queue != NULL;
    return queued;
}

static void irq_send(struct cpu *cpu, struct irq *i)
{
    if (entry_begin(cpu))
        syscall_trigger(cpu, cpu->current, i);
    else
        exception_finish(cpu);
    entry_end(cpu);
}

// The thread that runs on `cpu`, an SGI's sender maybe, interrupts a vCPU.
static void vcpu_interrupt(struct cpu *cpu, struct vcpu_program *v, unsigned line)
{
    assert(!cpu->stopped);
    v->sent[line] += !v->line[line].sender.queue;
    irq_send(cpu, &v->line[line]);
}

// The vCPU's handler takes what it is told, and resumes.
static void handle(struct cpu *cpu, struct vcpu_program *v)
{
    struct thread *t = &v->p.t;
    l4_vcpu_state_t *a = vcpu_area(t);
    assert(cpu->current == t && !t->vcpu.user_mode && !cpu->stopped);
    if (class_of(a->r.err) == L4_EC_IPC_UPCALL) {
        assert(a->i.label < LINES);
        v->heard[a->i.label]++;
    }
    v->preempted += class_of(a->r.err) == L4_EC_PREEMPTION;
    a->r.err = 0;
    a->saved_state = (uint16_t)(L4_VCPU_F_USER_MODE | L4_VCPU_F_IRQ | v->flags);
    t->utcb->msg.mr[0] = L4_THREAD_VCPU_RESUME_OP;
    t->regs.r[0] = tag_make(L4_PROTO_THREAD, 1, 0, 0);
    t->regs.r[2] = L4_INVALID_CAP_BIT | L4_SYSF_CALL;
    t->regs.r[3] = 0;
    if (!entry_begin(cpu))
        exception_finish(cpu);
    else if (!guest_resume_fast(cpu, t))
        syscall_general(cpu, t);
    entry_end(cpu);
}

// The guest leaves by itself; as in exception.c.
static void guest_exit(struct cpu *cpu)
{
    uint64_t const esr = (uint64_t)EC_HVC64 << L4_ESR_EC_SHIFT | ESR_IL;
    if (!entry_begin(cpu)) {
        exception_finish(cpu);
    } else if (!cpu->guest_exit || !guest_exit_fast(cpu, cpu->current, esr)) {
        if (vmid_valid(&cpu->current->task->space) || global_lock(cpu, ENTRY_FAULT))
            vcpu_upcall(cpu, cpu->current, esr, 0);
        exception_finish(cpu);
    }
    entry_end(cpu);
}

static void rival_waits(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    assert(t->run.prio == PRIO_RIVAL && !cpu->stopped);
    if (entry_begin(cpu))
        ipc_receive(t, ipc_partner_irq(&call[cpu->id]));
    exception_finish(cpu);
    entry_end(cpu);
}

static void vcpu_move(struct cpu *cpu, struct vcpu_program *v, struct cpu *to)
{
    if (entry_begin(cpu) && global_lock(cpu, ENTRY_SYSCALL))
        thread_migrate(&v->p.t, to);
    exception_finish(cpu);
    entry_end(cpu);
}

// Messages of threads have no words here, and nobody is to end one that has stopped.
uint64_t ipc_transfer(struct thread *from, struct thread *to)
{
    (void)from, (void)to;
    return 0;
}

uint64_t ipc_transfer_rest(struct thread *from, struct thread *to)
{
    ck_abort_msg("%p, %p", (void *)from, (void *)to);
    return 0;
}

void mapping_marker_drop(struct mapping *marker)
{
    ck_assert_ptr_null(marker->pprev);
}

// ---- the start ----

static void ready(struct thread *t)
{
    if (!entry_begin(t->cpu))
        abort();
    sched_preempt(t->cpu, t->run.prio, sched_enqueue(t, true));
    exception_finish(t->cpu);
    entry_end(t->cpu);
}

// All rivals wait.
static void start(void)
{
    static struct ptab table;
    vmm = vm = others = (struct task){.space = {.root = &table, .vttbr = 1}};
    vm.is_vm = true;
    kernel_cpus_init(CPUS);
    for (unsigned i = 0; i < CPUS; i++) {
        program_init(&idler[i], &others, &cpus[i], PRIO_IDLE);
        program_init(&rival[i], &others, &cpus[i], PRIO_RIVAL);
        irq_init(&call[i], &rival[i].t, 0);
        ready(&idler[i].t);
        ready(&rival[i].t);
        rival_waits(&cpus[i]);
    }
    for (unsigned i = 0; i < 2; i++)
        program_init(&other[i], &others, &cpus[0], PRIO_IDLE);
}

// A guest runs on CPU 1, with others on CPU 0 and 2 who may send.
static struct vcpu_program *start_guest(void)
{
    start();
    vcpu_init(&vcpus[0], &cpus[1]);
    ready(&vcpus[0].p.t);
    handle(&cpus[1], &vcpus[0]);
    ck_assert(cpus[1].guest_loaded);
    return &vcpus[0];
}

// The handler is to be told of a message by what `cpu` has done last, and then of no more.
static void hears_once(struct cpu *cpu, struct vcpu_program *v)
{
    ck_assert_ptr_eq(cpu->current, &v->p.t);
    ck_assert(!v->p.t.vcpu.user_mode && !message_waits(v));
    handle(cpu, v);
    ck_assert(cpu->guest_loaded);
    for (unsigned i = 0; i < LINES; i++)
        ck_assert_uint_eq(v->heard[i], v->sent[i]);
}

// ---- one after the other ----

START_TEST(a_message_comes_with_the_kick)
{
    struct vcpu_program *v = start_guest();
    guests_leave_fast = _i;
    vcpu_interrupt(&cpus[0], v, 1);
    ck_assert(v->p.t.vcpu.user_mode && message_waits(v));
    ck_assert(vcpu_area(&v->p.t)->sticky_flags & L4_VCPU_SF_IRQ_PENDING);
    ck_assert_uint_eq(cpus_waited(), 0);
    ck_assert(interrupt_pending(&cpus[1]) && !interrupt_pending(&cpus[2]));
    interrupt_take(&cpus[1]);
    ck_assert(!(vcpu_area(&v->p.t)->sticky_flags & L4_VCPU_SF_IRQ_PENDING));
    hears_once(&cpus[1], v);
}
END_TEST

START_TEST(two_messages_of_one_interrupt_are_one)
{
    struct vcpu_program *v = start_guest();
    vcpu_interrupt(&cpus[0], v, 0);
    vcpu_interrupt(&cpus[2], v, 0);
    interrupt_take(&cpus[1]);
    ck_assert_uint_eq(v->sent[0], 1);
    hears_once(&cpus[1], v);
}
END_TEST

START_TEST(a_second_message_waits_for_the_resume)
{
    struct vcpu_program *v = start_guest();
    vcpu_interrupt(&cpus[0], v, 0);
    vcpu_interrupt(&cpus[2], v, 1);
    interrupt_take(&cpus[1]);
    handle(&cpus[1], v);
    hears_once(&cpus[1], v);
}
END_TEST

// The kick finds more urgent work, and the vCPU goes back to the queue with its message.
START_TEST(preempted_before_the_message)
{
    struct vcpu_program *v = start_guest();
    guests_leave_fast = _i;
    vcpu_interrupt(&cpus[0], v, 0);
    irq_send(&cpus[2], &call[1]);
    interrupt_take(&cpus[1]);
    ck_assert_ptr_eq(cpus[1].current, &rival[1].t);
    ck_assert(v->p.t.vcpu.user_mode && message_waits(v) && !interrupt_pending(&cpus[1]));
    rival_waits(&cpus[1]);
    hears_once(&cpus[1], v);
}
END_TEST

// Who preempts it sends itself, as somebody else does: nothing is there to be kicked.
START_TEST(message_to_a_preempted_vcpu)
{
    struct vcpu_program *v = start_guest();
    irq_send(&cpus[0], &call[1]);
    interrupt_take(&cpus[1]);
    vcpu_interrupt(&cpus[1], v, 0);
    vcpu_interrupt(&cpus[2], v, 1);
    rival_waits(&cpus[1]);
    handle(&cpus[1], v);
    hears_once(&cpus[1], v);
}
END_TEST

// Its time slice is over.
START_TEST(another_one_s_turn_comes_before_the_message)
{
    struct vcpu_program *v = start_guest();
    vcpu_init(&vcpus[1], &cpus[1]);
    ready(&vcpus[1].p.t);
    ck_assert_ptr_eq(cpus[1].current, &v->p.t); // who is new comes last
    time_pass(SLICE_US);
    interrupt_take(&cpus[1]);
    ck_assert_ptr_eq(cpus[1].current, &vcpus[1].p.t);
    handle(&cpus[1], &vcpus[1]);
    time_pass(SLICE_US);
    interrupt_take(&cpus[1]);
    ck_assert_ptr_eq(cpus[1].current, &v->p.t);
    ck_assert(v->p.t.vcpu.user_mode);
    time_pass(SLICE_US);
    vcpu_interrupt(&cpus[0], v, 0);
    timer_take(&cpus[1]);
    ck_assert_ptr_eq(cpus[1].current, &vcpus[1].p.t);
    ck_assert(message_waits(v));
    interrupt_take(&cpus[1]);
    ck_assert_ptr_eq(cpus[1].current, &vcpus[1].p.t);
    time_pass(SLICE_US);
    interrupt_take(&cpus[1]);
    hears_once(&cpus[1], v);
}
END_TEST

// By another CPU, with its message, before the kick is there; to that one, or to a third.
START_TEST(moved_before_the_message)
{
    struct vcpu_program *v = start_guest();
    struct cpu *to = &cpus[2 * _i];
    vcpu_interrupt(&cpus[0], v, 0);
    vcpu_move(&cpus[0], v, to);
    ck_assert_uint_gt(cpus_waited(), 0);
    interrupt_take(&cpus[1]);
    ck_assert_ptr_eq(cpus[1].current, &idler[1].t);
    if (to != &cpus[0])
        interrupt_take(to);
    hears_once(to, v);
}
END_TEST

// To where somebody more urgent runs.
START_TEST(moved_and_not_chosen)
{
    struct vcpu_program *v = start_guest();
    irq_send(&cpus[0], &call[2]);
    interrupt_take(&cpus[2]);
    vcpu_interrupt(&cpus[0], v, 0);
    vcpu_move(&cpus[0], v, &cpus[2]);
    interrupt_take(&cpus[1]);
    interrupt_take(&cpus[2]);
    ck_assert(v->p.t.vcpu.user_mode && message_waits(v));
    rival_waits(&cpus[2]);
    hears_once(&cpus[2], v);
}
END_TEST

// The way to its handler takes the global lock: it gives up its CPU for that.
START_TEST(the_handler_has_no_vmid)
{
    struct vcpu_program *v = start_guest();
    guests_leave_fast = _i;
    vmm.space.vttbr = 0;
    vcpu_interrupt(&cpus[0], v, 0);
    interrupt_take(&cpus[1]);
    hears_once(&cpus[1], v);
}
END_TEST

static unsigned steps;

static bool step(struct work *w)
{
    (void)w;
    return ++steps;
}

// The kernel's own work comes first, with nobody current.
START_TEST(work_before_the_message)
{
    struct vcpu_program *v = start_guest();
    vcpu_interrupt(&cpus[0], v, 0);
    ck_assert(entry_begin(&cpus[0]) && global_lock(&cpus[0], ENTRY_SYSCALL));
    steps = 0;
    object_defer(&other[0].t.obj, &cpus[1], step, PRIO_RIVAL);
    exception_finish(&cpus[0]);
    entry_end(&cpus[0]);
    interrupt_take(&cpus[1]);
    ck_assert_uint_eq(steps, 1);
    hears_once(&cpus[1], v);
}
END_TEST

// The handler hears of the preemption first: the message waits for its resume.
START_TEST(a_preemption_that_is_told_comes_before_the_message)
{
    struct vcpu_program *v = start_guest();
    v->flags = L4_VCPU_F_PREEMPTION;
    guest_exit(&cpus[1]);
    handle(&cpus[1], v);
    vcpu_interrupt(&cpus[0], v, 0);
    irq_send(&cpus[0], &call[1]);
    interrupt_take(&cpus[1]);
    rival_waits(&cpus[1]);
    ck_assert(!v->p.t.vcpu.user_mode && message_waits(v));
    handle(&cpus[1], v);
    ck_assert_uint_eq(v->preempted, 1);
    hears_once(&cpus[1], v);
}
END_TEST

// The guest leaves by itself before the kick is there.
START_TEST(an_exit_before_the_message)
{
    struct vcpu_program *v = start_guest();
    guests_leave_fast = _i;
    entry_wait(&cpus[1], ENTRY_FAULT);
    vcpu_interrupt(&cpus[0], v, 0);
    guest_exit(&cpus[1]);
    ck_assert(!v->p.t.vcpu.user_mode);
    handle(&cpus[1], v);
    hears_once(&cpus[1], v);
    interrupt_take(&cpus[1]);
    ck_assert(cpus[1].guest_loaded);
}
END_TEST

// What its accesses have caused is told with the next resume, not to who runs next, whatever way it leaves.
START_TEST(an_error_is_not_left_behind)
{
    struct vcpu_program *v = start_guest();
    guests_leave_fast = _i;
    guest_exit(&cpus[1]);
    handle(&cpus[1], v);
    error_pending = (uint64_t)EC_SERROR << L4_ESR_EC_SHIFT | ESR_IL;
    guest_exit(&cpus[1]);
    ck_assert(!v->p.t.vcpu.user_mode && !error_pending && class_of(vcpu_area(&v->p.t)->r.err) == EC_HVC64);
    handle(&cpus[1], v);
    ck_assert(!v->p.t.vcpu.user_mode && class_of(vcpu_area(&v->p.t)->r.err) == EC_SERROR);
    handle(&cpus[1], v);
    ck_assert(cpus[1].guest_loaded);
}
END_TEST

// The vCPU is taken away and put back while it is about to take the kick.
START_TEST(taken_away_with_the_kick)
{
    struct vcpu_program *v = start_guest();
    vcpu_interrupt(&cpus[0], v, 0);
    entry_wait(&cpus[1], ENTRY_IRQ);
    vcpu_move(&cpus[2], v, &cpus[0]);
    vcpu_move(&cpus[2], v, &cpus[1]);
    interrupt_take(&cpus[1]);
    hears_once(&cpus[1], v);
}
END_TEST

// Another thread of its VMM has told it so.
START_TEST(a_vcpu_that_takes_no_message_now)
{
    struct vcpu_program *v = start_guest();
    vcpu_area(&v->p.t)->state &= (uint16_t)~L4_VCPU_F_IRQ;
    vcpu_interrupt(&cpus[0], v, 0);
    ck_assert(!interrupt_pending(&cpus[1]));
    irq_send(&cpus[0], &call[1]);
    interrupt_take(&cpus[1]);
    rival_waits(&cpus[1]);
    ck_assert(cpus[1].guest_loaded && message_waits(v));
    guest_exit(&cpus[1]);
    handle(&cpus[1], v);
    hears_once(&cpus[1], v);
}
END_TEST

// A message of many items to the vCPU stops, and is given up: others that came meanwhile find it in user mode.
static struct vcpu_program *stop_message(void)
{
    struct vcpu_program *v = start_guest();
    struct thread *from = &other[0].t;
    ck_assert(entry_begin(&cpus[0]) && global_lock(&cpus[0], ENTRY_SYSCALL));
    ipc_transferred(from, &v->p.t, true, IPC_STOPPED);
    exception_finish(&cpus[0]);
    entry_end(&cpus[0]);
    ck_assert(from->state == THREAD_TRANSFER && v->p.t.state == THREAD_TRANSFER && v->p.t.vcpu.user_mode);
    return v;
}

static void give_up_message(void)
{
    ck_assert(entry_begin(&cpus[0]) && global_lock(&cpus[0], ENTRY_SYSCALL));
    ipc_cancel(&other[0].t);
    exception_finish(&cpus[0]);
    entry_end(&cpus[0]);
}

START_TEST(interrupt_behind_a_message_that_is_given_up)
{
    struct vcpu_program *v = stop_message();
    vcpu_interrupt(&cpus[0], v, 0);
    give_up_message();
    interrupt_take(&cpus[1]);
    hears_once(&cpus[1], v);
}
END_TEST

START_TEST(thread_behind_a_message_that_is_given_up)
{
    struct vcpu_program *v = stop_message();
    struct thread *from = &other[1].t;
    ck_assert(entry_begin(&cpus[0]) && global_lock(&cpus[0], ENTRY_SYSCALL));
    from->send_flags = L4_SYSF_SEND;
    ipc_send(from, &v->p.t, 1, 0);
    v->sent[1]++;
    exception_finish(&cpus[0]);
    entry_end(&cpus[0]);
    ck_assert_int_eq(from->state, THREAD_SENDING);
    give_up_message();
    interrupt_take(&cpus[1]);
    ck_assert_int_eq(from->state, THREAD_READY);
    hears_once(&cpus[1], v);
}
END_TEST

// ---- in any order ----

static struct cpu *some_cpu(void)
{
    return &cpus[rand() % CPUS];
}

static struct vcpu_program *some_vcpu(void)
{
    return &vcpus[rand() % VCPUS];
}

// New VMIDs: what is loaded keeps its own.
static void lose_vmid(struct task *task)
{
    for (struct cpu *cpu = cpus; cpu < cpus + CPUS; cpu++)
        if (cpu->space == &task->space)
            return;
    task->space.vttbr = 0;
}

static void thread_does_something(struct cpu *cpu)
{
    struct vcpu_program *v = some_vcpu();
    switch (rand() % 8) {
    case 0:
        irq_send(cpu, &call[rand() % CPUS]);
        break;
    case 1:
        vcpu_move(cpu, v, some_cpu());
        break;
    case 2:
        lose_vmid(rand() % 2 ? &vmm : &vm);
        break;
    default:
        if (&v->p.t != cpu->current)
            vcpu_interrupt(cpu, v, (unsigned)rand() % LINES);
    }
}

// What a CPU does that only waits for its lock, or for what it runs to end. False: it may go on like this for ever.
static bool goes_on(struct cpu *cpu)
{
    struct thread *t = cpu->current;
    struct vcpu_program *v = vcpu_of(t);
    if (cpu->stopped && cpu->entry == ENTRY_FAULT)
        guest_exit(cpu);
    else if (cpu->stopped || interrupt_pending(cpu))
        interrupt_take(cpu);
    else if (t->run.prio == PRIO_RIVAL)
        rival_waits(cpu);
    else if (v && !t->vcpu.user_mode)
        handle(cpu, v);
    else
        return false;
    return true;
}

static void does_something(struct cpu *cpu)
{
    unsigned what = (unsigned)rand() % 8;
    if (cpu->stopped || what <= 2) {
        goes_on(cpu);
    } else if (what == 3) {
        time_pass(SLICE_US / 2);
        interrupt_take(cpu);
    } else if (!cpu->current->vcpu.user_mode) {
        thread_does_something(cpu);
    } else if (what == 4) {
        entry_wait(cpu, rand() % 2 ? ENTRY_FAULT : ENTRY_IRQ);
    } else if (what == 5) {
        guest_exit(cpu);
    }
}

// No guest executes past a message unless its CPU is about to be interrupted.
static void check_kicks(void)
{
    for (struct cpu *cpu = cpus; cpu < cpus + CPUS; cpu++) {
        struct vcpu_program *v = vcpu_of(cpu->current);
        assert(!v || !v->p.t.vcpu.user_mode || !message_waits(v) || interrupt_pending(cpu));
    }
}

static void come_to_rest(void)
{
    enum { TURNS = 2 * VCPUS }; // of those who share a CPU
    for (unsigned turn = 0; turn < TURNS; turn++) {
        for (struct cpu *cpu = cpus; cpu < cpus + CPUS; cpu++)
            while (goes_on(cpu))
                check_kicks();
        time_pass(SLICE_US);
        for (struct cpu *cpu = cpus; cpu < cpus + CPUS; cpu++)
            interrupt_take(cpu);
    }
}

START_TEST(each_message_comes_once)
{
    enum { RUNS = 200, STEPS = 200 };
    unsigned long sent = 0, waited = 0, preempted = 0;
    for (unsigned run = 0; run < RUNS; run++) {
        srand(run);
        start();
        guests_leave_fast = run % 2;
        for (unsigned i = 0; i < VCPUS; i++) {
            vcpu_init(&vcpus[i], some_cpu());
            vcpus[i].flags = rand() % 2 ? L4_VCPU_F_PREEMPTION : 0;
            ready(&vcpus[i].p.t);
        }
        for (unsigned i = 0; i < STEPS; i++) {
            does_something(some_cpu());
            check_kicks();
        }
        come_to_rest();
        for (struct vcpu_program *v = vcpus; v < vcpus + VCPUS; v++) {
            ck_assert_msg(!message_waits(v), "run %u", run);
            for (unsigned i = 0; i < LINES; i++) {
                ck_assert_msg(v->heard[i] == v->sent[i], "run %u: %u of %u messages", run, v->heard[i], v->sent[i]);
                sent += v->sent[i];
            }
            preempted += v->preempted;
        }
        waited += cpus_waited();
    }
    ck_assert_uint_gt(sent, 10 * RUNS);
    ck_assert_uint_gt(waited, RUNS / 2);
    ck_assert_uint_gt(preempted, RUNS / 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vcpu_messages");
    TCase *c = tcase_create("vcpu_messages");
    tcase_set_timeout(c, 60); // a second on a quiet machine
    tcase_add_loop_test(c, a_message_comes_with_the_kick, 0, 2);
    tcase_add_test(c, two_messages_of_one_interrupt_are_one);
    tcase_add_test(c, a_second_message_waits_for_the_resume);
    tcase_add_loop_test(c, preempted_before_the_message, 0, 2);
    tcase_add_test(c, message_to_a_preempted_vcpu);
    tcase_add_test(c, another_one_s_turn_comes_before_the_message);
    tcase_add_loop_test(c, moved_before_the_message, 0, 2);
    tcase_add_test(c, moved_and_not_chosen);
    tcase_add_loop_test(c, the_handler_has_no_vmid, 0, 2);
    tcase_add_test(c, work_before_the_message);
    tcase_add_test(c, a_preemption_that_is_told_comes_before_the_message);
    tcase_add_loop_test(c, an_exit_before_the_message, 0, 2);
    tcase_add_loop_test(c, an_error_is_not_left_behind, 0, 2);
    tcase_add_test(c, taken_away_with_the_kick);
    tcase_add_test(c, a_vcpu_that_takes_no_message_now);
    tcase_add_test(c, interrupt_behind_a_message_that_is_given_up);
    tcase_add_test(c, thread_behind_a_message_that_is_given_up);
    tcase_add_test(c, each_message_comes_once);
    suite_add_tcase(s, c);
    return unit_run(s);
}
