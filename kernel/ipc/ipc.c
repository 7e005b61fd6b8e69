// SPDX-License-Identifier: MIT
// The general path of message transfer. A thread never blocks inside the kernel: its place in a transfer is its
// state, its partner and the flags that it came with.
#include "ipc/ipc.h"
#include "arch/arm64/context.h"
#include "arch/arm64/timer.h"
#include "arch/arm64/vcpu.h"
#include "debug/print.h"
#include "object/gate.h"
#include "object/irq.h"
#include "object/task.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

enum { EXCEPTION_WORDS = 40, SELECTOR_SELF = 0xc00 };

// Threads that entered a receive phase and have not looked at their senders yet. A list and not a recursion:
// one delivery lets the sender receive, which may complete the next.
static struct thread *receive_list;
static bool receive_running;

// ---- sender queues ----

void sender_enqueue(struct sender_queue *q, struct sender *s)
{
    s->queue = q;
    struct sender *first = q->first;
    if (!first) {
        s->next = s->prev = s;
        q->first = s;
        return;
    }
    struct sender *before = first;
    if (s->prio > first->prio) {
        q->first = s;
    } else if (s->prio > first->prev->prio) { // behind the last one of at least this priority
        before = first->next;
        while (before != first && before->prio >= s->prio)
            before = before->next;
    }
    s->next = before;
    s->prev = before->prev;
    before->prev->next = s;
    before->prev = s;
}

void sender_dequeue(struct sender *s)
{
    struct sender_queue *q = s->queue;
    if (!q)
        return;
    s->queue = 0;
    if (s->next == s) {
        q->first = 0;
        return;
    }
    if (q->first == s)
        q->first = s->next;
    s->prev->next = s->next;
    s->next->prev = s->prev;
}

static void update_sticky(struct thread *t)
{
    if (t->vcpu.area)
        vcpu_set_sticky(t, t->senders.first != 0);
}

// ---- end of a phase ----

static void drop_reply(struct thread *caller)
{
    if (caller->reply_holder) {
        caller->reply_holder->reply_to = 0;
        caller->reply_holder = 0;
    }
}

static void make_ready(struct thread *t)
{
    t->state = THREAD_READY;
    sched_wake(t);
}

static void stop_timeout(struct thread *t)
{
    if (t->timeout.queued)
        timeout_remove(t->cpu, &t->timeout);
}

// The receive phase of `to` ends with a message.
static void receive_done(struct thread *to, uint64_t tag, uint64_t label, uint64_t error)
{
    stop_timeout(to);
    drop_reply(to);
    uint8_t kind = to->msg_kind;
    to->msg_kind = MSG_UTCB;
    if (kind == MSG_UTCB) {
        to->regs.x[0] = tag;
        to->regs.x[1] = label;
        if (error)
            to->utcb->error = error | IPC_RECV;
        make_ready(to);
        return;
    }
    if (kind == MSG_EXCEPTION) {
        to->in_exception = false;
        to->alien_pass = tag_label(tag) == L4_PROTO_ALLOW_SYSCALL;
    } else if (tag_label(tag) < 0) { // the pager refused: the fault becomes an exception
        thread_raise(to, to->regs.err);
    }
    make_ready(to);
}

// Nobody handles the exception: the thread waits until ex_regs cancels it.
static void stop_in_exception(struct thread *t)
{
    t->msg_kind = MSG_EXCEPTION;
    t->state = THREAD_RECEIVING;
    t->partner = t;
}

void ipc_fail(struct thread *t, uint64_t error)
{
    stop_timeout(t);
    drop_reply(t);
    uint8_t kind = t->msg_kind;
    t->msg_kind = MSG_UTCB;
    if (kind == MSG_UTCB) {
        // A failed receive phase shows the own tag, a failed send phase nothing but the error.
        t->regs.x[0] = (error & IPC_RECV ? t->send_tag : 0) | TAG_ERROR;
        t->utcb->error = error;
        make_ready(t);
        return;
    }
    if (kind == MSG_EXCEPTION) {
        if (error == IPC_NOT_EXISTENT) { // no handler any more: it would fault for ever
            stop_in_exception(t);
            return;
        }
        t->in_exception = false;
    } else if (error == IPC_NOT_EXISTENT) {
        thread_raise(t, t->regs.err);
    }
    make_ready(t);
}

// ---- timeouts ----

// Expiry of one half of a timeout pair in counter ticks: 0 = already over, ~0 = never.
static uint64_t timeout_expiry(struct thread *t, unsigned half)
{
    half &= 0xffff;
    if (half == TIMEOUT_NEVER)
        return ~0ull;
    if (half & 0x8000) {
        unsigned br = half & 0x3f;
        uint64_t when = timer_us_to_ticks(t->utcb->br[br >= UTCB_BRS ? UTCB_BRS - 1 : br]);
        if (when != ~0ull)
            when++; // not before the clock of the user shows that time
        return when <= timer_now() ? 0 : when;
    }
    uint64_t us = (uint64_t)(half & 0x3ff) << ((half >> 10) & 0x1f);
    return us ? timer_now() + timer_us_to_ticks(us) : 0;
}

static unsigned recv_timeout(struct thread *t)
{
    return t->msg_kind == MSG_UTCB ? t->timeouts & 0xffff : TIMEOUT_NEVER;
}

static unsigned send_timeout(struct thread *t)
{
    return t->msg_kind == MSG_UTCB ? t->timeouts >> 16 : TIMEOUT_NEVER;
}

// Starts a timeout; false when it is over already.
static bool start_timeout(struct thread *t, unsigned half)
{
    if (half == TIMEOUT_NEVER)
        return true;
    uint64_t when = timeout_expiry(t, half);
    if (!when)
        return false;
    if (when != ~0ull)
        timeout_add(t->cpu, &t->timeout, when);
    return true;
}

// ---- delivery ----

static bool can_receive(struct thread *to, void *from)
{
    if (to->state == THREAD_RECEIVING)
        return to != from && (!to->partner || to->partner == from);
    return to != from && vcpu_accepts_ipc(to);
}

// A thread that runs on another CPU right now is taken from there before its state changes.
static void settle(struct thread *t)
{
    if (t->cpu != this_cpu() && t->cpu->current == t)
        cpu_deschedule(t->cpu);
}

static void hand_over(struct thread *to, uint64_t tag, uint64_t label, uint64_t error)
{
    if (to->state == THREAD_RECEIVING) {
        receive_done(to, tag, label, error);
        return;
    }
    if (error)
        to->utcb->error = error | IPC_RECV;
    settle(to);
    vcpu_ipc_delivered(to, tag, label);
}

static void send_done(struct thread *t, struct thread *to)
{
    if (t->msg_kind != MSG_UTCB) {
        ipc_receive(t, to);
    } else if (t->send_flags & SYS_RECV) {
        ipc_receive(t, t->send_flags & SYS_OPEN_WAIT ? 0 : to);
    } else {
        t->regs.x[0] = t->send_tag & ~(uint64_t)TAG_ERROR;
        make_ready(t);
    }
}

static bool waits_for_answer(struct thread *t)
{
    return t->msg_kind != MSG_UTCB || (t->send_flags & (SYS_RECV | SYS_OPEN_WAIT)) == SYS_RECV;
}

static void donate(struct thread *t, struct thread *to)
{
    if (t->cpu == to->cpu && !(t->send_tag & TAG_SCHEDULE) && t->eff_prio > to->eff_prio) {
        bool queued = to->queued; // a vCPU that is interrupted by the message
        if (queued)
            sched_dequeue(to);
        to->eff_prio = t->eff_prio;
        to->donated = true;
        if (queued)
            sched_enqueue(to, true);
    }
}

static void deliver(struct thread *t, struct thread *to)
{
    stop_timeout(t);
    bool open = to->state != THREAD_RECEIVING || !to->partner;
    bool call = waits_for_answer(t);
    uint64_t error;
    uint64_t tag = ipc_transfer(t, to, t->send_tag, t->send_rights, &error);
    drop_reply(t);
    if (call && open && !error) {
        if (to->reply_to) // a caller that was never answered
            to->reply_to->reply_holder = 0;
        to->reply_to = t;
        t->reply_holder = to;
        donate(t, to);
    }
    hand_over(to, tag, t->send_label, error);
    if (error)
        ipc_fail(t, error);
    else
        send_done(t, to);
}

static void deliver_irq(struct irq *i, struct thread *to)
{
    uint64_t id = i->id;
    hand_over(to, 0, id, 0);
    irq_consumed(i);
}

void ipc_send_irq(struct irq *i, struct thread *to)
{
    if (can_receive(to, i)) {
        deliver_irq(i, to);
        return;
    }
    i->sender.prio = 255;
    i->sender.kind = SENDER_IRQ;
    sender_enqueue(&to->senders, &i->sender);
    update_sticky(to);
}

void ipc_send(struct thread *t, struct thread *to, uint64_t label, uint32_t rights)
{
    t->send_label = label;
    t->send_rights = rights;
    t->send_gate = 0;
    if (to->state == THREAD_DEAD || !to->has_regs) {
        ipc_fail(t, IPC_NOT_EXISTENT);
        return;
    }
    if (can_receive(to, t)) {
        deliver(t, to);
        return;
    }
    if (!start_timeout(t, send_timeout(t))) {
        ipc_fail(t, IPC_TIMEOUT);
        return;
    }
    t->state = THREAD_SENDING;
    t->partner = to;
    t->sender.kind = SENDER_THREAD;
    t->sender.prio = t->eff_prio;
    sender_enqueue(&to->senders, &t->sender);
    update_sticky(to);
    sched_undonate(t);
}

bool ipc_block_on_gate(struct thread *t, struct object *gate, struct sender_queue *q, uint32_t rights)
{
    if (!start_timeout(t, send_timeout(t)))
        return false;
    t->state = THREAD_SENDING;
    t->send_gate = gate;
    t->partner = 0;
    t->send_rights = rights;
    t->sender.kind = SENDER_THREAD;
    t->sender.prio = t->eff_prio;
    sender_enqueue(q, &t->sender);
    sched_undonate(t);
    return true;
}

void ipc_block_on_semaphore(struct thread *t, struct irq *semaphore)
{
    if (!start_timeout(t, recv_timeout(t))) {
        ipc_fail(t, IPC_TIMEOUT | IPC_RECV);
        return;
    }
    t->state = THREAD_BLOCKED;
    t->partner = semaphore;
    struct thread **p = &semaphore->blocked;
    while (*p && (*p)->eff_prio >= t->eff_prio)
        p = &(*p)->ready_next;
    t->ready_next = *p;
    *p = t;
    sched_undonate(t);
}

static struct sender *pick_sender(struct thread *t)
{
    struct sender *s = t->senders.first;
    if (!s || !t->partner)
        return s;
    do {
        void *who = s->kind == SENDER_THREAD ? (void *)sender_thread(s) : (void *)sender_irq(s);
        if (who == t->partner && who != t)
            return s;
        s = s->next;
    } while (s != t->senders.first);
    return 0;
}

static void receive_try(struct thread *t)
{
    if (t->state != THREAD_RECEIVING)
        return;
    struct sender *s = pick_sender(t);
    if (s) {
        sender_dequeue(s);
        update_sticky(t);
        if (s->kind == SENDER_THREAD)
            deliver(sender_thread(s), t);
        else
            deliver_irq(sender_irq(s), t);
        return;
    }
    if (!start_timeout(t, recv_timeout(t))) {
        bool yield = t->partner == t && send_timeout(t) == TIMEOUT_ZERO && t->cpu->current == t;
        ipc_fail(t, IPC_TIMEOUT | IPC_RECV);
        if (yield)
            sched_yield(t->cpu);
        return;
    }
    if (!t->partner)
        sched_undonate(t);
}

void ipc_receive(struct thread *t, void *partner)
{
    t->state = THREAD_RECEIVING;
    t->partner = partner;
    t->receive_next = receive_list;
    receive_list = t;
    if (receive_running)
        return;
    receive_running = true;
    while ((t = receive_list)) {
        receive_list = t->receive_next;
        receive_try(t);
    }
    receive_running = false;
}

void ipc_vcpu_poll(struct thread *t)
{
    t->timeouts = TIMEOUT_ZERO;
    t->send_tag = 0;
    ipc_receive(t, 0);
}

// ---- interruption ----

void ipc_unlink(struct thread *t)
{
    stop_timeout(t);
    if (t->state == THREAD_SENDING) {
        struct thread *to = t->send_gate ? 0 : t->partner;
        sender_dequeue(&t->sender);
        t->send_gate = 0;
        if (to)
            update_sticky(to);
    } else if (t->state == THREAD_BLOCKED) {
        semaphore_remove(t->partner, t);
    }
}

static void interrupt(struct thread *t, uint64_t code)
{
    bool sending = t->state == THREAD_SENDING;
    if (!sending && t->state != THREAD_RECEIVING && t->state != THREAD_BLOCKED)
        return;
    ipc_unlink(t);
    ipc_fail(t, sending ? code : code | IPC_RECV);
}

void ipc_timeout(struct thread *t)
{
    interrupt(t, IPC_TIMEOUT);
}

void ipc_cancel(struct thread *t)
{
    interrupt(t, IPC_CANCELED);
}

// ---- messages made by the kernel ----

// Sends what t->msg_kind says to the object in a slot. False when the slot holds no receiver.
static bool send_to_slot(struct thread *t, struct cap_slot *s)
{
    t->send_flags = SYS_SEND | SYS_RECV;
    t->timeouts = 0;
    if (s->obj->type == OBJ_THREAD) {
        ipc_send(t, thread_of(s->obj), 0, s->rights);
        return true;
    }
    if (s->obj->type != OBJ_GATE)
        return false;
    gate_send(t, gate_of(s->obj), s->rights);
    return true;
}

void ipc_page_fault(struct thread *t, uint64_t address, uint64_t pc)
{
    struct cap_slot *s = cap_lookup(&t->task->caps, t->pager);
    if (!s || !s->obj) {
        debug_print("thread %p: page fault at %lx, pc %lx, and no pager: thread ends\n", (void *)t, address, pc);
        thread_kill(t);
        return;
    }
    t->msg_kind = MSG_PAGE_FAULT;
    t->fault_addr = address;
    t->fault_pc = pc;
    t->send_tag = tag_make(L4_PROTO_PAGE_FAULT, 2, 0, 0);
    if (!send_to_slot(t, s)) {
        t->msg_kind = MSG_UTCB;
        ipc_exception(t, t->regs.err, t->regs.pfa);
    }
}

void ipc_exception(struct thread *t, uint64_t esr, uint64_t fault_address)
{
    context_save_tpidr(t);
    t->regs.err = esr;
    t->regs.pfa = fault_address;
    struct cap_slot *s = cap_lookup(&t->task->caps, t->exc_handler);
    t->msg_kind = MSG_EXCEPTION;
    t->in_exception = true;
    t->send_tag = tag_make(L4_PROTO_EXCEPTION, EXCEPTION_WORDS, 0, 0);
    if (!s || !s->obj || !send_to_slot(t, s)) {
        debug_print("thread %p: exception %lx at pc %lx, address %lx, and no handler: thread stops\n", (void *)t, esr,
                    t->regs.pc, fault_address);
        stop_in_exception(t);
    }
}

// ---- the system call ----

static void invoke_object(struct cpu *cpu, struct thread *t, struct object *o, uint32_t rights)
{
    struct invocation in = {.caller = t, .obj = o, .rights = rights, .tag = t->send_tag,
                            .has_recv = t->send_flags & SYS_RECV};
    uint64_t own = t->send_tag & ~(uint64_t)TAG_ERROR;
    uint64_t result = object_ops[o->type]->invoke(&in);
    if (in.blocked)
        return;
    (void)cpu;
    if (!in.no_reply) {
        t->regs.x[0] = in.has_recv || (result & TAG_ERROR) ? result : own;
        return;
    }
    t->regs.x[0] = own;
    if (!in.has_recv)
        return;
    bool irq = o->type == OBJ_IRQ || o->type == OBJ_SEMAPHORE;
    ipc_receive(t, t->send_flags & SYS_OPEN_WAIT ? 0 : irq ? (void *)irq_of(o) : (void *)t);
}

static void ipc_with_thread(struct thread *t, struct thread *to, uint64_t label, uint32_t rights)
{
    if (t->send_flags & SYS_SEND)
        ipc_send(t, to, label, rights);
    else if (t->send_flags & SYS_OPEN_WAIT)
        ipc_receive(t, 0);
    else
        ipc_receive(t, to);
}

static void reply_phase(struct thread *t)
{
    struct thread *to = t->reply_to;
    if (!to) {
        ipc_fail(t, IPC_NOT_EXISTENT);
        return;
    }
    uint32_t rights = to->send_rights;
    sched_undonate(t);
    t->reply_to = 0;
    to->reply_holder = 0;
    ipc_with_thread(t, to, t->regs.x[1], rights);
}

void ipc_syscall(struct cpu *cpu, struct thread *t)
{
    uint64_t dest = t->regs.x[2];
    unsigned flags = dest & 0xf;
    t->send_tag = t->regs.x[0];
    t->send_flags = flags;
    t->timeouts = (uint32_t)t->regs.x[3];
    if (t->alien && !t->alien_pass) {
        t->regs.pc -= 4;
        ipc_exception(t, 0x15ull << 26 | 1 << 25, 0);
        return;
    }
    t->alien_pass = false;
    if (flags & SYS_REPLY) {
        reply_phase(t);
        return;
    }
    struct object *o;
    uint32_t rights;
    if (dest & SELECTOR_SELF) {
        o = &t->obj;
        rights = CAP_W | CAP_S;
    } else {
        struct cap_slot *s = cap_lookup(&t->task->caps, dest >> 12);
        if (!s || !s->obj) {
            ipc_fail(t, IPC_NOT_EXISTENT);
            return;
        }
        o = s->obj;
        rights = s->rights;
    }
    if (o->type == OBJ_THREAD) {
        if ((flags & SYS_SEND || !flags) && tag_label(t->send_tag) == L4_PROTO_THREAD)
            invoke_object(cpu, t, o, rights);
        else
            ipc_with_thread(t, thread_of(o), t->regs.x[1], rights);
    } else if (o->type == OBJ_GATE) {
        if ((rights & CAP_OBJ1) && (flags & SYS_SEND) && tag_label(t->send_tag) == L4_PROTO_KOBJECT)
            invoke_object(cpu, t, o, rights);
        else
            gate_send(t, gate_of(o), rights);
    } else {
        invoke_object(cpu, t, o, rights);
    }
}
