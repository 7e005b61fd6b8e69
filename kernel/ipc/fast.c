// SPDX-License-Identifier: MIT
// The fast path: a call through a gate, and reply+wait, between threads of one CPU, words only. It changes nothing
// before it knows that it can finish; anything unusual goes to the general path (ipc.c), which gives the same result.
#include "arch/arm64/context.h"
#include "arch/arm64/stage2.h"
#include "arch/arm64/timer.h"
#include "ipc/ipc.h"
#include "object/gate.h"
#include "object/task.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

enum { NOT_FAST = 0xffc0 }; // tag: items, FPU, schedule and other flags

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

// Is `to` a plain receiver on this CPU, whose wait nothing but us has to end?
static inline bool plain_receiver(struct cpu *cpu, struct thread *to)
{
    return to->state == THREAD_RECEIVING && to->cpu == cpu && !to->slow && !to->timeout.queued &&
           to->msg_kind == MSG_UTCB && to->task->space.vmid_generation == vmid_generation;
}

static inline bool runs_next(struct cpu *cpu, unsigned prio)
{
    if (likely(!(cpu->ready_map[0] | cpu->ready_map[1] | cpu->ready_map[2] | cpu->ready_map[3])))
        return true;
    return !cpu->need_resched && sched_best_prio(cpu) <= (int)prio;
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
    uint64_t now = timer_now();
    t->consumed += now - cpu->switched_at;
    cpu->switched_at = now;
    context_switch_plain(cpu, t, to);
}

static bool call(struct cpu *cpu, struct thread *t, uint64_t tag, uint64_t dest)
{
    if (unlikely(dest & 0xc00))
        return false;
    struct cap_slot *slot = cap_lookup(&t->task->caps, dest >> 12);
    if (unlikely(!slot || !slot->obj || slot->obj->type != OBJ_GATE || tag_label(tag) == L4_PROTO_KOBJECT))
        return false;
    struct gate *g = gate_of(slot->obj);
    struct thread *to = g->thread;
    if (unlikely(!to || !plain_receiver(cpu, to) || to->reply_to || to->reply_holder || to == t))
        return false;
    if (unlikely(to->partner && to->partner != t))
        return false;
    unsigned prio = to->eff_prio > t->eff_prio ? to->eff_prio : t->eff_prio;
    if (unlikely(!runs_next(cpu, prio)))
        return false;
    uint32_t rights = slot->rights;
    copy_words(to->utcb, t->utcb, tag_words(tag));
    if (likely(!to->partner)) {
        to->reply_to = t;
        t->reply_holder = to;
        if (prio != to->eff_prio) {
            to->eff_prio = (uint8_t)prio;
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

static bool reply_and_wait(struct cpu *cpu, struct thread *t, uint64_t tag)
{
    struct thread *to = t->reply_to;
    if (unlikely(!to || t->senders.first || !plain_receiver(cpu, to) || !runs_next(cpu, to->eff_prio)))
        return false;
    copy_words(to->utcb, t->utcb, tag_words(tag));
    t->reply_to = 0;
    to->reply_holder = 0;
    t->state = THREAD_RECEIVING;
    t->partner = 0;
    t->send_tag = tag;
    if (t->donated) {
        t->donated = false;
        t->eff_prio = t->prio;
    }
    switch_to(cpu, t, to, tag, t->regs.x[1]);
    return true;
}

bool ipc_fast(struct cpu *cpu, struct thread *t)
{
    uint64_t tag = t->regs.x[0], dest = t->regs.x[2];
    if (unlikely((tag & NOT_FAST) || (t->regs.x[3] & 0xffff)))
        return false;
    switch (dest & 0xf) {
    case SYS_SEND | SYS_RECV:
        return call(cpu, t, tag, dest);
    case SYS_SEND | SYS_RECV | SYS_OPEN_WAIT | SYS_REPLY:
        return reply_and_wait(cpu, t, tag);
    default:
        return false;
    }
}
