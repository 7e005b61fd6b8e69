// SPDX-License-Identifier: MIT
// The general path of message transfer. A thread never blocks inside the kernel: its place in a transfer is its
// state, its partner and the flags that it came with.
//
//   who sends (ipc_send)                                      who receives (ipc_receive)
//
//   can the receiver take it now? --yes--> deliver() <------- has somebody queued here before? --take()
//        | no                                 |                    | no
//        v                                    v                    v
//   SENDING, in the receiver's senders   ipc_transfer()       RECEIVING, partner: who may send, NULL = anybody
//        | the receiver receives: take()      |   |                | a message: hand_over()
//        |                        words alone |   | an item stops at a preemption point
//        v                        or all done |   v                v
//   deliver()                                 |  TRANSFER, both ends: transfer_step() is deferred work of the receiver's CPU
//                                             v   |
//                                         arrived() <---- done
//                                             |
//        +------------------------------------+-------------------------+
//        v                                                              v
//   send_done(): READY, or RECEIVING for the answer                receive_done(): READY, with tag and label;
//                                                                  or vcpu_ipc_delivered(): an upcall
//
//   SENDING, RECEIVING, BLOCKED and TRANSFER end as well by a timeout, a cancel (ex_regs) or the other end's end: interrupt(),
//   ipc_fail(): READY with an error.
#include "ipc/ipc.h"
#include <arch/timer.h>
#include <arch/vcpu.h>
#include "debug/assert.h"
#include "lock/cross_call.h"
#include "lock/held.h"
#include "object/irq.h"
#include "object/task.h"
#include "preempt/progress.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

static void update_sticky(struct thread *t)
{
    if (t->vcpu.area)
        vcpu_set_sticky(t, t->senders.first != 0);
}

// ---- end of a phase ----

void ipc_drop_reply(struct thread *caller)
{
    struct thread *holder = caller->reply_holder;
    if (!holder)
        return;
    assert(local_lock_held(holder->cpu) && holder->reply_to == caller);
    holder->reply_to = 0;
    caller->reply_holder = 0;
    if (L4_UNLIKELY(holder->donated))
        sched_undonate(holder);
}

static void make_ready(struct thread *t)
{
    assert(!t->timed && !t->sender.queue && !t->reply_holder && !t->transfer.active);
    t->state = THREAD_READY;
    sched_wake(t);
}

// The receive phase of `to` ends with a message.
static void receive_done(struct thread *to, uint64_t tag, uint64_t label, uint64_t error)
{
    assert(local_lock_held(to->cpu) && to->state == THREAD_RECEIVING);
    timeout_stop(to);
    ipc_drop_reply(to);
    uint8_t kind = to->msg_kind;
    to->msg_kind = MSG_UTCB;
    if (kind == MSG_UTCB) {
        to->regs.r[0] = tag;
        to->regs.r[1] = label;
        if (error)
            to->utcb->tcr.error = error | IPC_RECV;
        if (L4_UNLIKELY(to->vcpu.polling))
            vcpu_polled(to);
        make_ready(to);
        return;
    }
    if (kind == MSG_EXCEPTION) {
        to->in_exception = false;
        to->alien_pass = to->alien && tag_label(tag) == L4_PROTO_ALLOW_SYSCALL;
    } else if (tag_label(tag) < 0) { // the pager refused: the fault becomes an exception
        thread_raise(to, to->regs.err);
    }
    make_ready(to);
}

void ipc_stop_in_exception(struct thread *t)
{
    t->msg_kind = MSG_EXCEPTION;
    t->state = THREAD_RECEIVING;
    t->partner = t;
}

void ipc_fail(struct thread *t, uint64_t error)
{
    assert(local_lock_held(t->cpu) && t->state != THREAD_NEW && t->state != THREAD_DEAD && !t->sender.queue);
    timeout_stop(t);
    ipc_drop_reply(t);
    uint8_t kind = t->msg_kind;
    t->msg_kind = MSG_UTCB;
    if (L4_UNLIKELY(t->vcpu.polling)) {
        vcpu_poll_failed(t);
        make_ready(t);
        return;
    }
    if (kind == MSG_UTCB) {
        // A failed receive phase shows the own tag, a failed send phase nothing but the error.
        t->regs.r[0] = (error & IPC_RECV ? t->send_tag : 0) | L4_MSGTAG_ERROR;
        t->utcb->tcr.error = error;
        make_ready(t);
        return;
    }
    if (kind == MSG_EXCEPTION) {
        if (error == L4_IPC_ENOT_EXISTENT) { // no handler any more: it would fault for ever
            ipc_stop_in_exception(t);
            return;
        }
        t->in_exception = false;
    } else if (error == L4_IPC_ENOT_EXISTENT) {
        thread_raise(t, t->regs.err);
    }
    make_ready(t);
}

// ---- timeouts ----

// Expiry of one half of a timeout pair in counter ticks: 0 = already over, ~0 = never.
static uint64_t timeout_expiry(struct thread *t, unsigned half)
{
    half &= L4_TIMEOUT_HALF_MASK;
    if (half == L4_TIMEOUT_HALF_NEVER)
        return ~0ull;
    if (half & L4_TIMEOUT_ABS) {
        unsigned br = half & L4_TIMEOUT_ABS_BR_MASK;
        if (br >= L4_UTCB_GENERIC_BUFFERS_SIZE)
            br = L4_UTCB_GENERIC_BUFFERS_SIZE - 1;
        uint64_t when = timer_us_to_ticks(READ_ONCE(t->utcb->buf.br[br]));
        if (when != ~0ull)
            when++; // not before the clock of the user shows that time
        return when <= timer_now() ? 0 : when;
    }
    uint64_t us = (uint64_t)(half & L4_TIMEOUT_MAN_MASK)
                  << ((half >> L4_TIMEOUT_EXP_SHIFT) & L4_TIMEOUT_EXP_MASK);
    return us ? timer_now() + timer_us_to_ticks(us) : 0;
}

static unsigned recv_timeout(struct thread *t)
{
    return t->msg_kind == MSG_UTCB ? t->timeouts & L4_TIMEOUT_HALF_MASK : L4_TIMEOUT_HALF_NEVER;
}

static unsigned send_timeout(struct thread *t)
{
    return t->msg_kind == MSG_UTCB ? t->timeouts >> L4_TIMEOUT_SND_SHIFT : L4_TIMEOUT_HALF_NEVER;
}

// Starts a timeout; false when it is over already.
static bool start_timeout(struct thread *t, unsigned half)
{
    if (half == L4_TIMEOUT_HALF_NEVER)
        return true;
    uint64_t when = timeout_expiry(t, half);
    if (!when)
        return false;
    if (when != ~0ull)
        timeout_start(t, when);
    return true;
}

// ---- delivery ----

static bool can_receive(struct thread *to, void const *from)
{
    assert(local_lock_held(to->cpu));
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

// Nor does it run when others have to wait for it.
static void stop_running(struct thread *t)
{
    settle(t);
    if (t->cpu->current == t)
        sched_switch(t->cpu, 0);
    sched_dequeue(t);
}

static void hand_over(struct thread *to, uint64_t tag, uint64_t label, uint64_t error)
{
    if (to->state == THREAD_RECEIVING) {
        receive_done(to, tag, label, error);
        return;
    }
    if (error)
        to->utcb->tcr.error = error | IPC_RECV;
    settle(to);
    vcpu_ipc_delivered(to, tag, label);
}

static void send_done(struct thread *t, struct thread *to)
{
    if (t->msg_kind != MSG_UTCB) {
        ipc_receive(t, to);
    } else if (t->send_flags & L4_SYSF_RECV) {
        ipc_receive(t, t->send_flags & L4_SYSF_OPEN_WAIT ? 0 : to);
    } else {
        t->regs.r[0] = t->send_tag & ~(uint64_t)L4_MSGTAG_ERROR;
        make_ready(t);
    }
}

static bool waits_for_answer(struct thread *t)
{
    return t->msg_kind != MSG_UTCB || (t->send_flags & (L4_SYSF_RECV | L4_SYSF_OPEN_WAIT)) == L4_SYSF_RECV;
}

static void donate(struct thread *t, struct thread *to)
{
    if (t->cpu == to->cpu && !(t->send_tag & L4_MSGTAG_SCHEDULE) && t->run.prio > to->run.prio) {
        sched_set_prio(to, t->run.prio, true);
        to->donated = true;
    }
}

// The message of `t` is there.
static void arrived(struct thread *t, struct thread *to, bool open, uint64_t error)
{
    uint64_t tag = error ? t->send_tag | L4_MSGTAG_ERROR : t->send_tag & ~(uint64_t)L4_MSGTAG_ERROR;
    bool call = waits_for_answer(t);
    ipc_drop_reply(t);
    if (call && open && !error) {
        if (to->reply_to) { // a caller that was never answered
            assert(to->reply_to->reply_holder == to && local_lock_held(to->reply_to->cpu));
            ipc_drop_reply(to->reply_to);
        }
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

// Puts the receiver of a stopped message back to where it was.
static void transfer_release(struct thread *t, struct thread *to)
{
    assert(global_lock_held() && t->transfer.active && !to->transfer.active);
    assert(t->state == THREAD_TRANSFER && to->state == THREAD_TRANSFER && t->partner == to && to->partner == t);
    t->transfer.active = false;
    mapping_marker_drop(&t->marker);
    to->state = t->transfer.interrupted ? THREAD_READY : THREAD_RECEIVING;
}

static bool transfer_step(struct work *w)
{
    struct thread *t = thread_of(object_of_work(w)), *to = t->partner;
    uint64_t error = ipc_transfer_rest(t, to);
    if (error == IPC_STOPPED)
        return false;
    transfer_release(t, to);
    arrived(t, to, t->transfer.open, error);
    if (to->state == THREAD_READY)
        sched_wake(to);
    return true;
}

// The message needs more than this kernel entry: neither end runs, or times out, until it is there.
static void transfer_later(struct thread *t, struct thread *to, bool open)
{
    assert(global_lock_held() && !t->transfer.active && !to->transfer.active && !t->timed && !t->sender.queue);
    t->transfer.active = true;
    t->transfer.open = open;
    t->transfer.interrupted = to->state == THREAD_READY;
    if (t->transfer.interrupted)
        stop_running(to);
    timeout_stop(to);
    t->state = to->state = THREAD_TRANSFER;
    t->partner = to;
    to->partner = t;
    bool donates = t->cpu == to->cpu && t->run.prio > to->run.prio;
    object_defer(&t->obj, to->cpu, transfer_step, donates ? t->run.prio : to->run.prio);
}

// One end leaves: what the other one gets.
static void transfer_abort(struct thread *gone)
{
    struct thread *other = gone->partner;
    if (gone->transfer.active) {
        work_cancel(&gone->obj.work, transfer_step);
        transfer_release(gone, other);
        if (other->state == THREAD_READY) {
            sched_wake(other);
            ipc_vcpu_accepts(other); // who came meanwhile had to wait
        } else {
            ipc_fail(other, L4_IPC_REABORTED);
        }
    } else {
        work_cancel(&other->obj.work, transfer_step);
        transfer_release(other, gone);
        ipc_fail(other, L4_IPC_SEABORTED);
    }
}

void ipc_transferred(struct thread *t, struct thread *to, bool open, uint64_t error)
{
    if (L4_UNLIKELY(error == IPC_STOPPED))
        transfer_later(t, to, open);
    else
        arrived(t, to, open, error);
}

static void deliver(struct thread *t, struct thread *to)
{
    assert(t != to && local_lock_held(t->cpu) && local_lock_held(to->cpu) && !t->sender.queue);
    timeout_stop(t);
    bool open = to->state != THREAD_RECEIVING || !to->partner;
    ipc_transferred(t, to, open, ipc_transfer(t, to));
}

static void deliver_irq(struct irq *i, struct thread *to)
{
    uint64_t id = i->id;
    hand_over(to, 0, id, 0);
    irq_consumed(i);
}

// Does the vCPU run in user mode on another CPU right now?
static bool in_user_mode_elsewhere(struct thread const *t)
{
    return t->vcpu.user_mode && t->cpu != this_cpu() && t->cpu->current == t;
}

void ipc_send_irq(struct irq *i, struct thread *to)
{
    if (can_receive(to, ipc_partner_irq(i))) {
        if (!in_user_mode_elsewhere(to)) {
            deliver_irq(i, to);
            return;
        }
        cpu_kick(to->cpu); // that CPU delivers it (ipc_vcpu_interrupt): nobody waits until the guest has left
    }
    i->sender.prio = 255;
    i->sender.kind = SENDER_IRQ;
    sender_enqueue(&to->senders, &i->sender);
    update_sticky(to);
}

void ipc_send(struct thread *t, struct thread *to, uint64_t label, uint32_t rights)
{
    assert(local_lock_held(t->cpu) && local_lock_held(to->cpu) && !t->sender.queue);
    t->send_label = label;
    t->send_rights = rights;
    t->send_gate = 0;
    if (to->state == THREAD_DEAD || !to->has_regs) {
        ipc_fail(t, L4_IPC_ENOT_EXISTENT);
        return;
    }
    if (can_receive(to, t)) {
        deliver(t, to);
        return;
    }
    if (!start_timeout(t, send_timeout(t))) {
        ipc_fail(t, L4_IPC_SETIMEOUT);
        return;
    }
    t->state = THREAD_SENDING;
    t->partner = to;
    t->sender.kind = SENDER_THREAD;
    t->sender.prio = t->run.prio;
    sender_enqueue(&to->senders, &t->sender);
    update_sticky(to);
    sched_undonate(t);
}

bool ipc_block_on_gate(struct thread *t, struct object *gate, struct sender_queue *q, uint32_t rights)
{
    assert(global_lock_held() && t->state == THREAD_READY);
    if (!start_timeout(t, send_timeout(t)))
        return false;
    t->state = THREAD_SENDING;
    t->send_gate = gate;
    t->partner = 0;
    t->send_rights = rights;
    t->sender.kind = SENDER_THREAD;
    t->sender.prio = t->run.prio;
    sender_enqueue(q, &t->sender);
    sched_undonate(t);
    return true;
}

void ipc_block_on_semaphore(struct thread *t, struct irq *semaphore)
{
    if (!start_timeout(t, recv_timeout(t))) {
        ipc_fail(t, L4_IPC_RETIMEOUT);
        return;
    }
    t->state = THREAD_BLOCKED;
    t->partner = semaphore;
    t->sender.prio = t->run.prio;
    sender_enqueue(&semaphore->blocked, &t->sender);
    sched_undonate(t);
}

static struct sender *pick_sender(struct thread *t)
{
    char *partner = t->partner;
    if (!partner)
        return t->senders.first;
    bool irq = (uintptr_t)partner & 1;
    struct sender *s = irq ? &((struct irq *)(partner - 1))->sender : &((struct thread *)(void *)partner)->sender;
    return s->queue == &t->senders ? s : 0;
}

static void take(struct thread *t, struct sender *s)
{
    sender_dequeue(s);
    update_sticky(t);
    if (s->kind == SENDER_THREAD)
        deliver(sender_thread(s), t);
    else
        deliver_irq(sender_irq(s), t);
}

static void receive_try(struct thread *t)
{
    struct sender *s = pick_sender(t);
    if (s) {
        take(t, s);
        return;
    }
    if (!start_timeout(t, recv_timeout(t))) {
        bool yield = t->partner == t && send_timeout(t) == L4_TIMEOUT_HALF_ZERO && t->cpu->current == t;
        ipc_fail(t, L4_IPC_RETIMEOUT);
        if (yield)
            sched_yield_current(t->cpu);
        return;
    }
    if (!t->partner)
        sched_undonate(t);
}

static bool receive_step(struct work *w)
{
    struct thread *t = thread_of(object_of_work(w));
    if (t->state == THREAD_RECEIVING && !t->timed)
        receive_try(t);
    return true;
}

void ipc_receive(struct thread *t, void *partner)
{
    assert(local_lock_held(t->cpu) && !t->sender.queue && !t->timed);
    t->state = THREAD_RECEIVING;
    t->partner = partner;
    if (t != this_cpu()->current && pick_sender(t))
        object_defer(&t->obj, t->cpu, receive_step, t->run.prio);
    else
        receive_try(t);
}

static bool accept_step(struct work *w)
{
    struct thread *t = thread_of(object_of_work(w));
    struct sender *s = t->senders.first;
    if (s && vcpu_accepts_ipc(t))
        take(t, s);
    return true;
}

void ipc_vcpu_accepts(struct thread *t)
{
    if (t->senders.first)
        object_defer(&t->obj, t->cpu, accept_step, t->run.prio);
}

void ipc_vcpu_interrupt(struct thread *t)
{
    struct sender *s = t->senders.first;
    assert(t->vcpu.user_mode && t->cpu == this_cpu());
    if (!s || s->kind != SENDER_IRQ || !vcpu_accepts_ipc(t))
        return;
    struct irq *i = sender_irq(s);
    sender_dequeue(s);
    update_sticky(t);
    vcpu_ipc_delivered(t, 0, i->id);
    irq_consumed(i);
}

void ipc_vcpu_poll(struct thread *t)
{
    t->timeouts = L4_TIMEOUT_HALF_ZERO;
    t->send_tag = 0;
    ipc_receive(t, 0);
}

// ---- interruption ----

void ipc_unlink(struct thread *t)
{
    assert(local_lock_held(t->cpu));
    timeout_stop(t);
    if (t->state == THREAD_SENDING) {
        struct thread *to = t->send_gate ? 0 : t->partner;
        assert(to ? t->sender.queue == &to->senders && local_lock_held(to->cpu) : global_lock_held());
        sender_dequeue(&t->sender);
        t->send_gate = 0;
        if (to)
            update_sticky(to);
    } else if (t->state == THREAD_BLOCKED) {
        assert(t->sender.queue == &((struct irq *)t->partner)->blocked);
        sender_dequeue(&t->sender);
    } else if (t->state == THREAD_TRANSFER) {
        transfer_abort(t);
    }
}

bool ipc_fail_all(struct sender_queue *q)
{
    for (struct sender *s; (s = q->first);) {
        struct thread *t = sender_thread(s);
        ipc_unlink(t);
        ipc_fail(t, L4_IPC_ENOT_EXISTENT);
        if (preempt_pending())
            return false;
    }
    return true;
}

lock_set ipc_thread_locks(struct thread const *t)
{
    // Both may be somebody else's to change: read once.
    struct thread const *holder = __atomic_load_n(&t->reply_holder, __ATOMIC_RELAXED);
    struct thread const *caller = __atomic_load_n(&t->reply_to, __ATOMIC_RELAXED);
    return lock_of(t->cpu) | (holder ? lock_of(holder->cpu) : 0) | (caller ? lock_of(caller->cpu) : 0);
}

lock_set ipc_timeout_locks(struct thread const *t)
{
    if (t->state == THREAD_RECEIVING)
        return ipc_thread_locks(t);
    if (t->state == THREAD_SENDING && !t->send_gate)
        return ipc_thread_locks(t) | lock_of(((struct thread *)t->partner)->cpu);
    return LOCKS_ALL;
}

static void interrupt(struct thread *t, uint64_t code)
{
    enum thread_state state = t->state;
    if (state == THREAD_READY || state == THREAD_NEW || state == THREAD_DEAD)
        return;
    bool sending = state == THREAD_SENDING || (state == THREAD_TRANSFER && t->transfer.active);
    ipc_unlink(t);
    if (t->state == THREAD_READY) // it did not wait for the message
        sched_wake(t);
    else
        ipc_fail(t, sending ? code : code | IPC_RECV);
}

void ipc_timeout(struct thread *t)
{
    interrupt(t, L4_IPC_SETIMEOUT);
}

void ipc_cancel(struct thread *t)
{
    interrupt(t, L4_IPC_SECANCELED);
}
