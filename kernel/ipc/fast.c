// SPDX-License-Identifier: MIT
// The fast path: a call through a gate, reply+wait and triggers, between threads of one CPU, words only. It changes
// nothing before it knows that it can finish; anything unusual goes to the general path (ipc.c), with the same result.
// It calls nothing but as its last step, and so needs no stack.
#include "arch/arm64/context.h"
#include "arch/arm64/stage2.h"
#include "arch/arm64/timer.h"
#include "ipc/ipc.h"
#include "object/gate.h"
#include "object/irq.h"
#include "object/task.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

enum { NOT_FAST = 0xffc0 }; // tag: items, FPU, schedule and other flags

// Is `to` a plain receiver on this CPU, whose wait nothing but us has to end?
static inline bool plain_receiver(struct cpu *cpu, struct thread *to)
{
    return to->condition == THREAD_RECEIVING && to->cpu == cpu &&
           to->task->space.vmid_generation == vmid_generation;
}

static inline bool runs_next(struct cpu *cpu, unsigned prio)
{
    if (L4_LIKELY(!cpu->ready.words))
        return true;
    return !cpu->need_resched && run_best_prio(&cpu->ready) <= (int)prio;
}

static inline void copy_words(struct utcb *to, struct utcb const *from, unsigned n)
{
    uint64_t *d = to->mr;
    uint64_t const *s = from->mr;
    for (; n >= 2; n -= 2, d += 2, s += 2) {
        uint64_t a = s[0], b = s[1];
        d[0] = a;
        d[1] = b;
    }
    if (n)
        *d = *s;
}

// Hands the CPU from `t`, which waits now, to `to`.
static inline void switch_to(struct cpu *cpu, struct thread *t, struct thread *to, uint64_t tag, uint64_t label)
{
    to->state = THREAD_READY;
    to->regs.x[0] = tag;
    to->regs.x[1] = label;
    uint64_t now = timer_stamp();
    t->consumed += now - cpu->switched_at;
    cpu->switched_at = now;
    context_switch_plain(cpu, t, to);
}

static inline bool call(struct cpu *cpu, struct thread *t, uint64_t tag, uint64_t dest)
{
    if (L4_UNLIKELY(dest & 0xc00))
        return false;
    struct cap_slot *slot = cap_lookup(&t->task->caps, dest >> 12);
    if (L4_UNLIKELY(!slot || !slot->obj)) {
        t->regs.x[0] = TAG_ERROR;
        t->utcb->error = IPC_NOT_EXISTENT;
        return true;
    }
    if (L4_UNLIKELY(slot->obj->type != OBJ_GATE)) {
        if (slot->obj->type == OBJ_THREAD || t->slow || !locks_held(cpu, LOCKS_ALL))
            return false;
        syscall_invoke(cpu, t, slot);
        return true;
    }
    if (L4_UNLIKELY(tag_label(tag) == L4_PROTO_KOBJECT))
        return false;
    struct gate *g = gate_of(slot->obj);
    struct thread *to = g->thread;
    if (L4_UNLIKELY(!to || !plain_receiver(cpu, to) || to->reply_to || to->reply_holder || to == t))
        return false;
    if (L4_UNLIKELY(to->partner && to->partner != t))
        return false;
    unsigned prio = to->run.prio > t->run.prio ? to->run.prio : t->run.prio;
    if (L4_UNLIKELY(!runs_next(cpu, prio)))
        return false;
    uint32_t rights = slot->rights;
    copy_words(to->utcb, t->utcb, tag_words(tag));
    if (L4_LIKELY(!to->partner)) {
        to->reply_to = t;
        t->reply_holder = to;
        if (prio != to->run.prio) {
            to->run.prio = (uint8_t)prio;
            to->donated = true;
        }
    }
    t->state = THREAD_RECEIVING;
    t->partner = to;
    t->send_tag = tag;
    t->send_rights = rights;
    switch_to(cpu, t, to, tag, g->label | (rights & (CAP_W | CAP_S)));
    return true;
}

static inline bool reply_and_wait(struct cpu *cpu, struct thread *t, uint64_t tag)
{
    struct thread *to = t->reply_to;
    if (L4_UNLIKELY(!to || t->senders.first || !plain_receiver(cpu, to) || !runs_next(cpu, to->run.prio)))
        return false;
    copy_words(to->utcb, t->utcb, tag_words(tag));
    t->reply_to = 0;
    to->reply_holder = 0;
    t->state = THREAD_RECEIVING;
    t->partner = 0;
    t->send_tag = tag;
    if (t->donated) {
        t->donated = false;
        t->run.prio = t->prio;
    }
    switch_to(cpu, t, to, tag, t->regs.x[1]);
    return true;
}

static inline bool trigger(struct cpu *cpu, struct thread *t, uint64_t dest)
{
    struct cap_slot *slot = dest & 0xc00 ? 0 : cap_lookup(&t->task->caps, dest >> 12);
    if (!slot || !slot->obj)
        return false;
    if (slot->obj->type != OBJ_IRQ && slot->obj->type != OBJ_SEMAPHORE)
        return false;
    struct irq *i = irq_of(slot->obj);
    if (i->thread == t) // a vCPU is not interrupted in the middle of its own system call
        return false;
    if (!locks_held(cpu, LOCKS_ALL) && !locks_held(cpu, irq_locks(i)))
        return false;
    syscall_trigger(cpu, i);
    return true;
}

void ipc_fast(struct cpu *cpu, struct thread *t)
{
    uint64_t tag = t->regs.x[0], dest = t->regs.x[2];
    bool plain = !(tag & NOT_FAST) && !(t->regs.x[3] & 0xffff);
    if (plain && (dest & 0xf) == (SYS_SEND | SYS_RECV) && call(cpu, t, tag, dest))
        return;
    if (plain && (dest & 0xf) == (SYS_SEND | SYS_RECV | SYS_OPEN_WAIT | SYS_REPLY) && reply_and_wait(cpu, t, tag))
        return;
    if ((dest & 0xf) == SYS_SEND && tag == tag_make(L4_PROTO_IRQ, 0, 0, 0) && trigger(cpu, t, dest))
        return;
    syscall_general(cpu, t);
}
