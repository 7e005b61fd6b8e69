// SPDX-License-Identifier: MIT
// The fast path: a call through a gate, a page fault, reply+wait and triggers, between threads of one CPU. It changes nothing
// before it knows that it can finish; anything unusual goes to the general path (ipc.c), with the same result. But for the
// answer with items it calls nothing but as its last step, and so needs no stack.
#include <arch/context.h>
#include <arch/exception.h>
#include <arch/stage2.h>
#include <arch/timer.h>
#include "debug/assert.h"
#include "ipc/ipc.h"
#include "lock/held.h"
#include "object/gate.h"
#include "object/irq.h"
#include "object/task.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

enum {
    TAG_ITEMS = L4_MSGTAG_ITEMS_MASK << L4_MSGTAG_ITEMS_SHIFT,
    NOT_PLAIN = L4_MSGTAG_FLAGS, // FPU, schedule and other flags
};
#define SELECTOR_INDEX ((uint64_t)((1 << CAP_INDEX_BITS) - 1) << L4_CAP_SHIFT)

// States of a thread that waits for a message and of which nothing else is special.
enum { RECEIVES = THREAD_RECEIVING, WAITS_FOR_PAGER = THREAD_RECEIVING | MSG_PAGE_FAULT << 8 };

// Can the thread run here at once?
static inline bool ready_here(struct cpu const *cpu, struct thread const *to)
{
    return to->cpu == cpu && vmid_valid(&to->task->space);
}

// Is it its turn, with this priority?
static inline bool runs_next(struct cpu const *cpu, struct thread const *to, int prio)
{
    if (L4_LIKELY(!cpu->ready.words))
        return true;
    int best = run_best_prio(&cpu->ready);
    return !cpu->need_resched && (best < prio || (best == prio && !slice_spent(to)));
}

// Does the thread wait for a message of anybody? Nobody owes it an answer then.
static inline bool takes_calls(struct cpu const *cpu, struct thread const *t, struct thread const *to)
{
    if (L4_UNLIKELY(!to || to->condition != RECEIVES || !ready_here(cpu, to)))
        return false;
    if (L4_UNLIKELY((uintptr_t)to->partner | (uintptr_t)to->reply_to))
        return false;
    assert(!to->reply_holder && to != t);
    return L4_LIKELY(runs_next(cpu, to, to->run.prio > t->run.prio ? to->run.prio : t->run.prio));
}

static inline void copy_words(struct thread *to, struct thread const *from, uint64_t tag)
{
    unsigned n = tag_words(tag);
    if (!n)
        return;
    uint64_t *d = to->utcb->msg.mr;
    uint64_t const *s = from->utcb->msg.mr, *end = s + n;
    if (n & 1)
        *d++ = *s++;
    for (; s != end; d += 2, s += 2) {
        uint64_t a = s[0], b = s[1];
        d[0] = a;
        d[1] = b;
    }
}

// Hands the CPU from `t`, which waits now, to `to`.
static inline void switch_to(struct cpu *cpu, struct thread *t, struct thread *to)
{
    to->state = THREAD_READY;
    uint64_t now = timer_stamp();
    t->consumed += now - cpu->switched_at;
    cpu->switched_at = now;
    context_switch_plain(cpu, t, to);
}

// The message of `t`, which waits for the answer now, is in the hands of the gate's thread.
static inline void called(struct cpu *cpu, struct thread *t, struct gate const *g, uint32_t rights, uint64_t tag)
{
    struct thread *to = g->thread;
    assert(local_lock_held(cpu) && t == cpu->current && !t->reply_holder && !t->timed && !to->timed);
    to->reply_to = t;
    t->reply_holder = to;
    if (L4_UNLIKELY(t->run.prio > to->run.prio)) {
        to->run.prio = t->run.prio;
        to->donated = true;
    }
    t->state = THREAD_RECEIVING;
    t->partner = to;
    t->send_tag = tag;
    t->send_rights = rights;
    to->regs.r[0] = tag;
    to->regs.r[1] = g->label | (rights & (CAP_W | CAP_S));
    switch_to(cpu, t, to);
}

static inline bool call(struct cpu *cpu, struct thread *t, uint64_t tag, uint64_t dest)
{
    struct cap_slot *slot = cap_slot_at(&t->task->caps, (dest & SELECTOR_INDEX) >> L4_CAP_SHIFT);
    if (L4_UNLIKELY(!slot || !slot->obj)) {
        t->regs.r[0] = L4_MSGTAG_ERROR;
        t->utcb->tcr.error = L4_IPC_ENOT_EXISTENT;
        return true;
    }
    if (L4_UNLIKELY(slot->obj->type != OBJ_GATE)) {
        if (slot->obj->type == OBJ_THREAD || t->slow)
            return false;
        syscall_invoke(cpu, t, slot);
        return true;
    }
    struct gate *g = gate_of(slot->obj);
    if (L4_UNLIKELY(tag_label(tag) == L4_PROTO_KOBJECT || !takes_calls(cpu, t, g->thread)))
        return false;
    copy_words(g->thread, t, tag);
    called(cpu, t, g, slot->rights, tag);
    return true;
}

bool ipc_fast_fault(struct cpu *cpu, struct thread *t, uint64_t address)
{
    struct cap_slot *slot = cap_lookup(&t->task->caps, t->pager);
    if (t->condition != THREAD_READY || t->task->is_sigma0 || t->task->obj.dying)
        return false;
    if (!slot || !slot->obj || slot->obj->type != OBJ_GATE)
        return false;
    struct gate *g = gate_of(slot->obj);
    if (!takes_calls(cpu, t, g->thread))
        return false;
    g->thread->utcb->msg.mr[0] = address;
    g->thread->utcb->msg.mr[1] = t->regs.pc;
    t->msg_kind = MSG_PAGE_FAULT;
    called(cpu, t, g, slot->rights, tag_make(L4_PROTO_PAGE_FAULT, 2, 0, 0));
    return true;
}

// Can `t` answer its caller, and then wait?
static inline bool answers(struct cpu const *cpu, struct thread const *t, struct thread const *to)
{
    if (L4_UNLIKELY(!to || t->senders.first || !ready_here(cpu, to)))
        return false;
    return L4_LIKELY(runs_next(cpu, to, to->run.prio));
}

// A pager refuses with a negative label.
static inline bool resolves_fault(struct thread const *to, uint64_t tag)
{
    return to->condition == WAITS_FOR_PAGER && tag_label(tag) >= 0;
}

// The answer is there, and `t` waits for anybody.
static inline void answered(struct cpu *cpu, struct thread *t, struct thread *to)
{
    t->state = THREAD_RECEIVING;
    t->partner = NULL;
    switch_to(cpu, t, to);
}

static inline void answered_message(struct cpu *cpu, struct thread *t, struct thread *to, uint64_t tag)
{
    to->regs.r[0] = tag;
    to->regs.r[1] = t->regs.r[1];
    answered(cpu, t, to);
}

static inline void answered_fault(struct cpu *cpu, struct thread *t, struct thread *to)
{
    to->msg_kind = MSG_UTCB;
    answered(cpu, t, to);
}

static inline void answer_begin(struct thread *t, struct thread *to, uint64_t tag)
{
    assert(t->reply_to == to && to->reply_holder == t && !to->timed);
    t->send_tag = tag;
    t->reply_to = NULL;
    to->reply_holder = NULL;
    if (L4_UNLIKELY(t->donated)) {
        t->donated = false;
        t->run.prio = t->prio;
    }
}

static inline bool reply_and_wait(struct cpu *cpu, struct thread *t, uint64_t tag)
{
    struct thread *to = t->reply_to;
    if (!answers(cpu, t, to))
        return false;
    if (L4_LIKELY(to->condition == RECEIVES)) {
        copy_words(to, t, tag);
        answer_begin(t, to, tag);
        answered_message(cpu, t, to, tag);
        return true;
    }
    if (!resolves_fault(to, tag))
        return false;
    answer_begin(t, to, tag);
    answered_fault(cpu, t, to);
    return true;
}

// The same with items, which takes all locks.
static __attribute__((noinline)) void reply_items_and_wait(struct cpu *cpu, struct thread *t)
{
    if (!global_lock(cpu, ENTRY_SYSCALL)) {
        exception_finish(cpu);
        return;
    }
    uint64_t tag = t->regs.r[0];
    struct thread *to = t->reply_to;
    if (!answers(cpu, t, to) || t->stopped.valid || (to->condition != RECEIVES && !resolves_fault(to, tag))) {
        syscall_general(cpu, t);
        return;
    }
    t->send_flags = L4_SYSF_REPLY_AND_WAIT;
    t->timeouts = (uint32_t)t->regs.r[3];
    t->send_label = t->regs.r[1];
    t->send_rights = to->send_rights;
    t->send_gate = NULL;
    answer_begin(t, to, tag);
    uint64_t error = ipc_transfer(t, to);
    if (L4_LIKELY(!error && to->msg_kind == MSG_UTCB))
        answered_message(cpu, t, to, tag);
    else if (!error)
        answered_fault(cpu, t, to);
    else
        ipc_transferred(t, to, false, error);
    exception_finish(cpu);
}

static inline bool trigger(struct cpu *cpu, struct thread *t, uint64_t dest)
{
    struct cap_slot *slot = dest & L4_SPECIAL_CAP_BITS ? 0 : cap_lookup(&t->task->caps, dest >> L4_CAP_SHIFT);
    if (!slot || !slot->obj)
        return false;
    if (slot->obj->type != OBJ_IRQ && slot->obj->type != OBJ_SEMAPHORE)
        return false;
    struct irq *i = irq_of(slot->obj);
    if (irq_trigger_alone(i)) // the tag that comes back is the one that was sent
        return true;
    if (i->thread == t) // a vCPU is not interrupted in the middle of its own system call
        return false;
    syscall_trigger(cpu, t, i);
    return true;
}

void ipc_fast(struct cpu *cpu, struct thread *t)
{
    uint64_t tag = t->regs.r[0], dest = t->regs.r[2];
    bool plain = !(tag & (NOT_PLAIN | TAG_ITEMS)) && !(t->regs.r[3] & L4_TIMEOUT_HALF_MASK); // and waits without timeout
    if (plain && (dest & ~SELECTOR_INDEX) == L4_SYSF_CALL) {
        if (L4_LIKELY(call(cpu, t, tag, dest)))
            return;
    } else if ((dest & L4_SYSF_MASK) == L4_SYSF_REPLY_AND_WAIT) {
        if (plain && L4_LIKELY(reply_and_wait(cpu, t, tag)))
            return;
        if (!plain && !(tag & NOT_PLAIN) && !(t->regs.r[3] & L4_TIMEOUT_HALF_MASK) && !t->slow) {
            reply_items_and_wait(cpu, t);
            return;
        }
    } else if ((dest & L4_SYSF_MASK) == L4_SYSF_SEND && tag == tag_make(L4_PROTO_IRQ, 0, 0, 0) && trigger(cpu, t, dest)) {
        return;
    }
    syscall_general(cpu, t);
}
