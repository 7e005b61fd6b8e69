// SPDX-License-Identifier: MIT
// The life of a thread.
//
//   NEW --- has a task, registers and a CPU: thread_activate() ---> READY: runs, or waits in its CPU's run queue
//                                                                    |  ^
//                     a message is sent, received, a semaphore is down  |  the message is there, up, an error (ipc.c)
//                                                                    v  |
//                                            SENDING, RECEIVING, TRANSFER, BLOCKED
//
//   any of them --- its last capability goes, or a fault finds no pager: thread_kill() ---> DEAD
//
// thread_kill() takes it out of every queue and gives its partner an error. Those who wait for it, its gates and its IRQ
// objects hear of it in steps (destroy), and then its memory goes.
#include "object/thread.h"
#include <arch/context.h>
#include <arch/guest.h>
#include <arch/sysreg.h>
#include <arch/timer.h>
#include <arch/vcpu.h>
#include "ipc/invocation.h"
#include "ipc/ipc.h"
#include "lock/cross_call.h"
#include "mem/kmem.h"
#include "object/gate.h"
#include "object/irq.h"
#include "object/cap_argument.h"
#include "object/task.h"
#include "sched/sched.h"
#include <l4/sys/abi/kip.h>
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

enum { DEFAULT_PRIO = 1, FPU_STATE_SIZE = 528 };
#define EX_REGS_ESR ((uint64_t)L4_EC_EX_REGS << L4_ESR_EC_SHIFT)
// SVC; bit 16: after it (kernel-abi 4.17)
#define AFTER_CALL_ESR ((uint64_t)EC_SVC64 << L4_ESR_EC_SHIFT | ESR_IL | L4_ESR_AFTER_CALL)

static struct thread *all_threads;

struct object *thread_create(struct quota *q)
{
    struct thread *t = kmem_alloc(q, sizeof *t);
    if (!t)
        return 0;
    object_init(&t->obj, OBJ_THREAD, q);
    t->state = THREAD_NEW;
    t->prio = t->run.prio = DEFAULT_PRIO;
    t->cpu = this_cpu();
    t->sender.kind = SENDER_THREAD;
    t->all_next = all_threads;
    if (all_threads)
        all_threads->all_prev = t;
    all_threads = t;
    return &t->obj;
}

int thread_bind(struct thread *t, struct task *task, uint64_t utcb)
{
    if (t->task || t->state == THREAD_DEAD)
        return -L4_EINVAL;
    if (utcb & 7)
        return -L4_EINVAL;
    l4_utcb_t *u = task_ku_mem_find(task, utcb, sizeof(l4_utcb_t));
    if (!u || task->dead || task->is_vm)
        return -L4_EINVAL;
    t->task = task;
    task->threads++;
    t->utcb = u;
    t->utcb_user = utcb;
    t->regs.tpidruro = utcb;
    t->regs.tpidrurw = utcb;
    u->tcr.free_marker = 1;
    thread_activate(t);
    return 0;
}

void thread_activate(struct thread *t)
{
    if (t->state != THREAD_NEW || !t->task || !t->has_regs || !t->placed)
        return;
    t->state = THREAD_READY;
    sched_wake(t);
}

void thread_start(struct thread *t, uint64_t ip, uint64_t sp)
{
    if (ip != L4_THREAD_EX_REGS_KEEP)
        t->regs.pc = ip;
    if (sp != L4_THREAD_EX_REGS_KEEP)
        t->regs.sp = sp;
    if (t->has_regs)
        return;
    t->regs.r[1] = L4_KIP_SYSCALL_CODE;
    t->regs.pstate = 0x100;
    t->has_regs = true;
    thread_activate(t);
}

// What the fast paths leave to the general one.
static void update_slow(struct thread *t)
{
    t->slow = t->alien || t->vcpu.area || t->raise_exception;
}

void thread_raise(struct thread *t, uint64_t esr)
{
    t->raise_exception = true;
    t->raise_esr = esr;
    t->slow = true;
    t->cpu->need_resched = true;
}

void thread_raise_after_call(struct thread *t)
{
    t->alien_after = true;
    t->raise_exception = true;
    t->slow = true;
    t->cpu->need_resched = true;
}

uint64_t thread_take_raised(struct thread *t)
{
    uint64_t esr = t->alien_after ? AFTER_CALL_ESR : t->raise_esr;
    if (t->alien_after)
        t->alien_after = false;
    else
        t->raise_esr = 0;
    t->raise_exception = t->raise_esr != 0;
    update_slow(t);
    return esr;
}

// Visits all threads but those that are made meanwhile. *walking: it has begun, but not ended. False: stopped at a
// preemption point. A walk that was stopped begins anew when a more urgent one came between on its CPU.
static bool walk_all(bool *walking, void (*visit)(struct thread *t, void *arg), void *arg)
{
    enum { STEP = 64 };
    struct cpu *cpu = this_cpu();
    if (!*walking || cpu->walker != walking)
        cpu->walk_next = all_threads;
    *walking = true;
    cpu->walker = walking;
    unsigned n = 0;
    for (struct thread *t; (t = cpu->walk_next); ) {
        cpu->walk_next = t->all_next;
        visit(t, arg);
        if (++n % STEP == 0 && preempt_pending())
            return false;
    }
    *walking = false;
    return true;
}

static void forget(struct thread *t, void *arg)
{
    struct irq *irq = arg;
    if (t->del_irq == irq)
        t->del_irq = 0;
    if (t->state == THREAD_RECEIVING && t->partner == ipc_partner_irq(irq))
        t->partner = t; // until its timeout; the memory may soon be another sender
}

bool thread_forget_irq(struct irq *irq)
{
    return walk_all(&irq->forgetting, forget, irq);
}

static void release_here(struct cpu *cpu, void *arg)
{
    context_release(cpu, arg);
}

// Takes the thread off its CPU, with its live registers saved.
static void detach(struct thread *t)
{
    struct cpu *cpu = t->cpu;
    if (cpu->current == t) {
        if (cpu == this_cpu())
            sched_switch(cpu, 0);
        else
            cpu_deschedule(cpu);
    }
    sched_dequeue(t);
    if (cpu->fpu_owner == t || cpu->el1_owner == t)
        cross_call(cpu, release_here, t);
}

void thread_migrate(struct thread *t, struct cpu *to)
{
    if (t->cpu == to)
        return;
    bool timed = t->timed;
    detach(t);
    timeout_stop(t);
    t->cpu = to;
    if (!t->obj.dying && !t->transfer.active)
        work_move(&t->obj.work, to, t->run.prio);
    if (t->state == THREAD_TRANSFER && !t->transfer.active)
        work_move(&((struct thread *)t->partner)->obj.work, to, t->run.prio);
    if (timed)
        timeout_start(t, t->timeout.when);
    irq_thread_moved(t);
    if (t->state == THREAD_READY)
        sched_wake(t);
}

// The following two end what others wait for, and they may be many. False: stopped at a preemption point, to be called
// again.

static bool cancel_senders(struct thread *t)
{
    struct sender *s;
    while ((s = t->senders.first)) {
        struct thread *from = sender_thread(s);
        ipc_unlink(from);
        ipc_fail(from, L4_IPC_SECANCELED);
        if (preempt_pending())
            return false;
    }
    return true;
}

static void abort_waiting(struct thread *t, void *gone)
{
    if (t->state == THREAD_RECEIVING && t->partner == gone && t != gone)
        ipc_fail(t, L4_IPC_REABORTED);
}

static bool abort_waiters(struct thread *gone)
{
    return walk_all(&gone->walking, abort_waiting, gone);
}

// Takes the thread out of everything that it is in itself.
static void thread_end(struct thread *t)
{
    if (t->state == THREAD_DEAD)
        return;
    mapping_marker_drop(&t->marker);
    detach(t);
    ipc_unlink(t);
    t->state = THREAD_DEAD;
    ipc_drop_reply(t);
    if (t->reply_to)
        ipc_drop_reply(t->reply_to);
    if (t->utcb)
        t->utcb->tcr.free_marker = 0;
    if (t->vcpu.user_task) {
        task_thread_gone(t->vcpu.user_task);
        t->vcpu.user_task = 0;
    }
    t->vcpu.area = 0;
    t->vcpu.user_mode = false;
}

// The order matters: when all who wait to send are gone, nobody can begin to wait.
static bool kill_step(struct work *w)
{
    struct thread *t = thread_of(object_of_work(w));
    return irq_thread_gone(t) && cancel_senders(t) && abort_waiters(t);
}

void thread_kill(struct thread *t)
{
    unsigned prio = t->run.prio;
    thread_end(t);
    t->walking = false;
    object_defer(&t->obj, this_cpu(), kill_step, prio);
}

static void del_irq_drop(struct thread *t)
{
    if (!t->del_irq)
        return;
    object_unref(&t->del_irq->obj, 1);
    t->del_irq = 0;
}

static bool thread_destroy_step(struct object *o)
{
    struct thread *t = thread_of(o);
    if (!t->destroying) {
        t->destroying = true;
        thread_end(t);
        t->walking = false;
    }
    return irq_thread_gone(t) && gate_thread_gone(t) && cancel_senders(t) && abort_waiters(t) &&
           (!t->del_irq || t->del_irq->obj.refs > 1 || object_strip(&t->del_irq->obj, 0));
}

static void thread_destroy(struct object *o)
{
    struct thread *t = thread_of(o);
    del_irq_drop(t);
    for (unsigned i = 0; i < num_cpus; i++) // of destructions that have stopped
        if (cpus[i].walk_next == t)
            cpus[i].walk_next = t->all_next;
    if (t->all_next)
        t->all_next->all_prev = t->all_prev;
    if (t->all_prev)
        t->all_prev->all_next = t->all_next;
    else
        all_threads = t->all_next;
    struct quota *q = o->quota;
    if (t->fpu)
        kmem_free(q, t->fpu, FPU_STATE_SIZE);
    if (t->vcpu.el1)
        kmem_free(q, t->vcpu.el1, sizeof(struct el1_state));
    if (t->task)
        task_thread_gone(t->task);
    object_free(o, t, sizeof *t);
}

// ---- operations ----

static uint64_t op_control(struct invocation *in)
{
    struct thread *t = thread_of(in->obj);
    uint64_t flags = in->w[0], old_pager = t->pager << L4_CAP_SHIFT, old_handler = t->exc_handler << L4_CAP_SHIFT;
    if (flags & L4_THREAD_CONTROL_BIND_TASK) {
        int err = thread_bind(t, task_of(in->arg), in->w[L4_THREAD_CONTROL_MR_IDX_BIND_UTCB]);
        if (err)
            return result_tag(err, 0);
    }
    if (flags & L4_THREAD_CONTROL_SET_PAGER)
        t->pager = in->w[L4_THREAD_CONTROL_MR_IDX_PAGER] >> L4_CAP_SHIFT;
    if (flags & L4_THREAD_CONTROL_SET_EXC_HANDLER)
        t->exc_handler = in->w[L4_THREAD_CONTROL_MR_IDX_EXC_HANDLER] >> L4_CAP_SHIFT;
    if (flags & L4_THREAD_CONTROL_ALIEN) {
        t->alien = in->w[L4_THREAD_CONTROL_MR_IDX_FLAG_VALS] & L4_THREAD_CONTROL_ALIEN;
        t->alien_pass = false;
        update_slow(t);
    }
    out_word(in, L4_THREAD_CONTROL_MR_IDX_PAGER, old_pager);
    out_word(in, L4_THREAD_CONTROL_MR_IDX_EXC_HANDLER, old_handler);
    return result_tag(0, 3);
}

static uint64_t op_ex_regs(struct invocation *in)
{
    struct thread *t = thread_of(in->obj);
    uint64_t flags = in->w[0], ip = in->w[1], sp = in->w[2];
    unsigned el = (flags >> L4_THREAD_EX_REGS_ARM64_SET_EL_SHIFT) & 0xff;
    if (el > 1) // threads run at EL0 only
        return result_tag(-L4_EINVAL, 0);
    if (t->state == THREAD_DEAD)
        return result_tag(-L4_EINVAL, 0);
    if (t->cpu->current == t && t->cpu != this_cpu())
        cpu_deschedule(t->cpu);
    out_word(in, 0, L4_THREAD_EX_REGS_ARM64_SET_EL_EL0);
    out_word(in, 1, t->regs.pc);
    out_word(in, 2, t->regs.sp);
    bool cancel = flags & L4_THREAD_EX_REGS_CANCEL;
    if (t->in_exception && !cancel)
        return result_tag(0, 3);
    if (cancel && t != in->caller)
        ipc_cancel(t);
    // it does something else than to repeat its call
    if (cancel || ip != L4_THREAD_EX_REGS_KEEP || sp != L4_THREAD_EX_REGS_KEEP) {
        if (t->stopped.valid)
            stopped_clear(t);
        t->alien_pass = false;
    }
    if (ip != L4_THREAD_EX_REGS_KEEP || sp != L4_THREAD_EX_REGS_KEEP || t->has_regs)
        thread_start(t, ip, sp);
    if (flags & L4_THREAD_EX_REGS_TRIGGER_EXCEPTION)
        thread_raise(t, EX_REGS_ESR);
    return result_tag(0, 3);
}

// To the head of its queue; then the caller steps back.
static uint64_t op_switch(struct invocation *in)
{
    struct thread *t = thread_of(in->obj);
    if (t->cpu != this_cpu() || !t->run.queued)
        return result_tag(0, 0);
    sched_dequeue(t);
    sched_enqueue(t, true);
    in->caller->regs.r[0] = result_tag(0, 0);
    sched_yield_current(this_cpu());
    return NO_RESULT;
}

static uint64_t op_stats(struct invocation *in)
{
    struct thread *t = thread_of(in->obj);
    uint64_t ticks = t->consumed;
    if (t->cpu->current == t)
        ticks += timer_now() - t->cpu->switched_at;
    out_word(in, 0, timer_ticks_to_us(ticks));
    return result_tag(0, 1);
}

static uint64_t op_register_del_irq(struct invocation *in)
{
    struct thread *t = thread_of(in->obj);
    struct irq *i = irq_of(in->arg);
    if (t->del_irq && t->del_irq->obj.slots)
        return result_tag(-L4_EBUSY, 0);
    del_irq_drop(t);
    i->obj.refs++;
    t->del_irq = i;
    return result_tag(0, 0);
}

static void modify_label(struct invocation *in, uint64_t *label)
{
    for (unsigned i = 1; i + 4 <= tag_words(in->tag); i += 4) {
        if ((*label & in_word(in, i)) != in_word(in, i + 1))
            continue;
        *label = (*label & ~in_word(in, i + 2)) | in_word(in, i + 3);
        return;
    }
}

static uint64_t op_modify_senders(struct invocation *in)
{
    enum { STEP = 16 };
    struct thread *t = thread_of(in->obj);
    unsigned words = tag_words(in->tag);
    if (t->cpu != this_cpu())
        return result_tag(-L4_EINVAL, 0);
    struct sender_queue *q = &t->senders;
    struct thread *caller = in->caller;
    struct stopped_place place = {.to = t->obj.serial};
    bool again = caller->stopped.valid && stopped_progress(caller, in->tag, &place).count && q->walker == caller;
    unsigned n = 0;
    for (struct sender *s = again ? q->cursor : q->first; words >= 5 && s; s = sender_after(s)) {
        if (n++ == STEP) {
            n = 1;
            if (preempt_pending()) {
                q->cursor = s;
                q->walker = caller;
                stopped_set(caller, in->tag, &place, &(struct progress){.count = 1});
                return syscall_restart(in);
            }
        }
        modify_label(in, s->kind == SENDER_THREAD ? &sender_thread(s)->send_label : &sender_irq(s)->id);
    }
    return result_tag(0, 0);
}

static uint64_t op_vcpu_resume(struct invocation *in)
{
    struct thread *t = in->caller;
    if (in->obj != &t->obj)
        return result_tag(-L4_EINVAL, 0);
    int64_t err = vcpu_resume(this_cpu(), t, in->tag);
    if (err == IPC_STOPPED) {
        return syscall_restart(in);
    }
    if (err)
        return result_error(in, (int)err);
    if (t->stopped.valid)
        stopped_clear(t);
    return NO_RESULT; // the thread continues elsewhere
}

static uint64_t op_vcpu_control(struct invocation *in)
{
    struct thread *t = thread_of(in->obj);
    struct cpu *cpu = this_cpu();
    if (t->cpu->current == t && t->cpu != cpu)
        cpu_deschedule(t->cpu);
    return result_tag(vcpu_control(cpu, t, in->w[1], in->w[0] & L4_THREAD_VCPU_CONTROL_EXT), 0);
}

static bool is_own_guest(struct invocation const *in)
{
    return in->obj == &in->caller->obj && in->caller->vcpu.el1;
}

static uint64_t op_vcpu_el1_read(struct invocation *in)
{
    if (!is_own_guest(in))
        return result_tag(-L4_EINVAL, 0);
    guest_el1_read(this_cpu(), in->caller, out_words(in, 0));
    return result_tag(0, L4_VCPU_EL1_REGS);
}

static uint64_t op_vcpu_el1_write(struct invocation *in)
{
    if (!is_own_guest(in))
        return result_tag(-L4_EINVAL, 0);
    guest_el1_write(this_cpu(), in->caller, in->w[1], in_words(in, 2));
    return result_tag(0, 0);
}

static uint64_t op_vcpu_debug_write(struct invocation *in)
{
    if (!is_own_guest(in))
        return result_tag(-L4_EINVAL, 0);
    guest_debug_write(this_cpu(), in->caller, in_words(in, 1));
    return result_tag(0, 0);
}

static uint64_t op_set_tpidruro(struct invocation *in)
{
    thread_set_tpidrro(thread_of(in->obj), in->w[1]);
    return result_tag(0, 0);
}

void thread_set_tpidrro(struct thread *t, uint64_t value)
{
    if (t->cpu->current == t && t->cpu != this_cpu())
        cpu_deschedule(t->cpu);
    t->regs.tpidruro = value;
    if (t->cpu->current == t)
        context_reload_tpidrro(t);
}

static struct operation const operations[] = {
    [L4_THREAD_CONTROL_OP] = {op_control, AT_LEAST(L4_THREAD_CONTROL_WORDS), CAP_S, .errors = OP_SHORT_INVALID, .arg = ARG_TASK,
                              .arg_rights = CAP_S, .arg_if = L4_THREAD_CONTROL_BIND_TASK, .name = "control"},
    [L4_THREAD_EX_REGS_OP] = {op_ex_regs, EXACTLY(3), .errors = OP_SHORT_INVALID, .name = "ex_regs"},
    // Only a thread of this CPU is in its queue.
    [L4_THREAD_SWITCH_OP] = {op_switch, AT_LEAST(1), .locks = OP_LOCKS_NONE, .name = "switch"},
    [L4_THREAD_STATS_OP] = {op_stats, AT_LEAST(1), .locks = OP_LOCKS_HOME, .name = "stats"},
    [L4_THREAD_VCPU_RESUME_OP] = {op_vcpu_resume, AT_LEAST(1), .name = "vcpu_resume"},
    [L4_THREAD_REGISTER_DELETE_IRQ_OP] = {op_register_del_irq, AT_LEAST(1), .arg = ARG_IRQ, .arg_rights = CAP_W,
                                          .name = "register_del_irq"},
    [L4_THREAD_MODIFY_SENDER_OP] = {op_modify_senders, AT_LEAST(1), .name = "modify_senders"},
    [L4_THREAD_VCPU_CONTROL_OP] = {op_vcpu_control, AT_LEAST(2), .errors = OP_SHORT_INVALID, .name = "vcpu_control"},
    [L4_THREAD_ARM_TPIDRURO_OP] = {op_set_tpidruro, AT_LEAST(2), .errors = OP_SHORT_INVALID, .name = "set_tpidruro"},
    // Registers of the caller's guest are this CPU's, as in an exit.
    [L4_THREAD_VCPU_EL1_READ] = {op_vcpu_el1_read, AT_LEAST(1), .locks = OP_LOCKS_NONE, .name = "vcpu_el1_read"},
    [L4_THREAD_VCPU_EL1_WRITE] = {op_vcpu_el1_write, AT_LEAST(2 + L4_VCPU_EL1_REGS), .errors = OP_SHORT_INVALID,
                                  .locks = OP_LOCKS_NONE, .name = "vcpu_el1_write"},
    [L4_THREAD_VCPU_DEBUG_WRITE] = {op_vcpu_debug_write, AT_LEAST(1 + L4_VCPU_DEBUG_REGS), .errors = OP_SHORT_INVALID,
                                    .locks = OP_LOCKS_NONE, .name = "vcpu_debug_write"},
};

struct object_ops const thread_ops = {
    .protocols = {{L4_PROTO_THREAD, L4_THREAD_OPCODE_MASK, OPERATIONS(operations)}},
    .destroy = thread_destroy,
    .destroy_step = thread_destroy_step,
};
