// SPDX-License-Identifier: MIT
// The system call: what the registers ask for, whose locks that needs, and the doing.
#include "ipc/ipc.h"
#include <arch/exception.h>
#include "ipc/invocation.h"
#include "object/cap_argument.h"
#include "object/gate.h"
#include "object/irq.h"
#include "object/semaphore.h"
#include "object/task.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

// The operation had no result: there may be a receive phase still.
static void no_reply(struct thread *t, struct object *o)
{
    ipc_begin(t);
    t->regs.r[0] = t->send_tag & ~(uint64_t)L4_MSGTAG_ERROR;
    if (!(t->send_flags & L4_SYSF_RECV))
        return;
    bool irq = o->type == OBJ_IRQ || o->type == OBJ_SEMAPHORE;
    ipc_receive(t, t->send_flags & L4_SYSF_OPEN_WAIT ? 0 : irq ? ipc_partner_irq(irq_of(o)) : t);
}

static inline void invocation_init(struct invocation *in, struct thread *t, struct object *o, uint64_t rights,
                                   uint64_t tag)
{
    invocation_copy_words(in, t->utcb, tag_words(tag));
    in->caller = t;
    in->obj = o;
    in->tag = tag;
    in->rights = rights;
}

static __attribute__((noinline)) void invoke(struct invocation *in, struct operation const *op)
{
    struct thread *t = in->caller;
    uint64_t result = operation_run(in, op);
    if (result & NO_RESULT)
        return;
    if (L4_UNLIKELY(t->stopped.valid))
        stopped_clear(t);
    if ((op->flags & OP_NO_REPLY) && !result)
        no_reply(t, in->obj);
    else
        t->regs.r[0] = in_awaits_result(in) || (result & L4_MSGTAG_ERROR) ? result : in->tag & ~(uint64_t)L4_MSGTAG_ERROR;
}

static void ipc_with_thread(struct thread *t, struct thread *to, uint64_t label, uint32_t rights)
{
    if (t->send_flags & L4_SYSF_SEND)
        ipc_send(t, to, label, rights);
    else if (t->send_flags & L4_SYSF_OPEN_WAIT)
        ipc_receive(t, 0);
    else
        ipc_receive(t, to);
}

// The call names no object: it is a reply, or goes nowhere.
static void nobody(struct thread *t, unsigned flags)
{
    struct thread *to = flags & L4_SYSF_REPLY ? t->reply_to : 0;
    if (!to) {
        ipc_fail(t, L4_IPC_ENOT_EXISTENT);
        return;
    }
    uint32_t rights = to->send_rights;
    sched_undonate(t);
    t->reply_to = 0;
    to->reply_holder = 0;
    ipc_with_thread(t, to, t->regs.r[1], rights);
}

// The object that the capability of a system call names; NULL = none, or an implicit reply.
static inline struct object *target(struct thread *t, uint32_t *rights)
{
    uint64_t dest = t->regs.r[2];
    *rights = CAP_W | CAP_S;
    if (dest & L4_SPECIAL_CAP_BITS)
        return dest & L4_SYSF_REPLY ? 0 : &t->obj;
    struct cap_slot *s = dest & L4_SYSF_REPLY ? 0 : cap_lookup(&t->task->caps, dest >> L4_CAP_SHIFT);
    if (!s || !s->obj)
        return 0;
    *rights = s->rights;
    return s->obj;
}

// Whether the call is a message to or from what the object stands for: a thread, or an interrupt. Else the object is itself
// asked for something.
static inline bool is_message(struct object const *o, uint64_t tag, unsigned flags, uint32_t rights)
{
    if (o->type == OBJ_THREAD)
        return !((flags & L4_SYSF_SEND || !flags) && tag_label(tag) == L4_PROTO_THREAD);
    if (o->type == OBJ_GATE)
        return !((rights & CAP_OBJ1) && (flags & L4_SYSF_SEND) && tag_label(tag) == L4_PROTO_KOBJECT);
    return o->type == OBJ_IRQ && !(flags & L4_SYSF_SEND);
}

struct call { // what the current thread calls
    struct object *o;           // NULL = none
    struct operation const *op; // NULL = a message
    uint32_t rights;
};

static inline struct call decode(struct thread *t, struct invocation *in)
{
    struct call c = {0};
    c.o = target(t, &c.rights);
    uint64_t tag = t->regs.r[0];
    if (!c.o || is_message(c.o, tag, t->regs.r[2] & L4_SYSF_MASK, c.rights))
        return c;
    invocation_init(in, t, c.o, c.rights, tag);
    c.op = operation_find_first(c.o, tag, in->w[0]);
    if (L4_UNLIKELY(!c.op))
        c.op = operation_find(in);
    return c;
}

// Whose locks the first one to deliver to an open wait needs.
static lock_set first_sender_locks(struct thread *t)
{
    struct sender *s = t->senders.first;
    if (!s || s->kind == SENDER_IRQ)
        return 0;
    struct thread *from = sender_thread(s);
    return tag_items(from->send_tag) ? LOCKS_ALL : ipc_thread_locks(from);
}

// Does the call come to an open wait? What sends nothing receives, whatever its receive flag says.
static bool open_wait(unsigned flags)
{
    return (flags & L4_SYSF_OPEN_WAIT) && (flags & L4_SYSF_RECV || !(flags & L4_SYSF_SEND));
}

// Whose locks a receive phase needs besides those of its partner.
static lock_set receive_locks(struct thread *t, unsigned flags)
{
    return ipc_thread_locks(t) | (open_wait(flags) ? first_sender_locks(t) : 0);
}

static lock_set message_locks(struct thread *t, struct object *o, uint64_t tag, unsigned flags)
{
    if (o->type == OBJ_IRQ)
        return irq_locks(irq_of(o));
    if ((flags & L4_SYSF_SEND) && tag_items(tag))
        return LOCKS_ALL;
    struct thread *partner = o->type == OBJ_THREAD ? thread_of(o) : gate_of(o)->thread;
    if (!partner)
        return LOCKS_ALL; // it waits at the gate
    if (flags & L4_SYSF_SEND)
        return ipc_thread_locks(partner);
    // a receive: the partner may be among those who wait
    return open_wait(flags) || !t->senders.first ? 0 : LOCKS_ALL;
}

static inline lock_set table_locks(struct invocation const *in, struct operation const *op)
{
    switch (op->locks) {
    case OP_LOCKS_NONE:
        return 0;
    case OP_LOCKS_DOWN:
        return semaphore_down_locks(irq_of(in->obj));
    case OP_LOCKS_TRIGGER:
        return irq_trigger_locks(irq_of(in->obj));
    case OP_LOCKS_IRQ:
        return irq_locks(irq_of(in->obj));
    case OP_LOCKS_HOME:
        return lock_of(thread_of(in->obj)->cpu);
    default:
        return LOCKS_ALL;
    }
}

static inline lock_set operation_locks(struct invocation const *in, struct operation const *op)
{
    lock_set locks = table_locks(in, op);
    struct thread *t = in->caller;
    return op->flags & OP_NO_REPLY ? locks | receive_locks(t, t->regs.r[2] & L4_SYSF_MASK) : locks;
}

// Whose locks a system call needs. Everything that decides is in registers, in the copy of the words, or in the kernel.
static lock_set syscall_locks(struct thread *t, struct call c, struct invocation const *in)
{
    uint64_t tag = t->regs.r[0];
    unsigned flags = t->regs.r[2] & L4_SYSF_MASK;
    // What comes after a call that has stopped, perhaps another one, takes its marker out of the mapping tree.
    if (L4_UNLIKELY(t->stopped.valid))
        return LOCKS_ALL;
    if (c.op)
        return operation_locks(in, c.op);
    if (!c.o) // a reply, or nobody
        return (flags & L4_SYSF_SEND) && tag_items(tag) ? LOCKS_ALL : receive_locks(t, flags);
    return receive_locks(t, flags) | message_locks(t, c.o, tag, flags);
}

static inline __attribute__((always_inline)) void invoke_fast(struct invocation *in, struct operation const *op)
{
    if (L4_UNLIKELY(op->flags || !operation_accepts(op, tag_words(in->tag), in->rights))) {
        invoke(in, op);
        return;
    }
    uint64_t error = L4_UNLIKELY(op->arg) ? cap_argument(in, op) : 0;
    uint64_t result = L4_LIKELY(!error) ? op->run(in) : error;
    if (L4_LIKELY(!(result & NO_RESULT)))
        in->caller->regs.r[0] = result;
}

static __attribute__((noinline)) bool invoke_if_locked(struct invocation *in, struct operation const *op)
{
    struct cpu *cpu = this_cpu();
    lock_set which = operation_locks(in, op);
    if (!locks_held(cpu, which) && !locks_try(cpu, which))
        return false;
    invoke_fast(in, op);
    return true;
}

// False: the call needs locks that are not held, or is not a usual one; nothing has happened.
static bool invoke_at_once(struct thread *t, struct cap_slot const *s)
{
    struct invocation in;
    if (L4_UNLIKELY(t->stopped.valid))
        return false;
    uint64_t tag = t->regs.r[0];
    invocation_init(&in, t, s->obj, s->rights, tag);
    struct operation const *op = operation_find_first(s->obj, tag, in.w[0]);
    if (L4_UNLIKELY(!op))
        return false;
    if (L4_UNLIKELY(!locks_held(this_cpu(), LOCKS_ALL)) && op->locks != OP_LOCKS_NONE)
        return invoke_if_locked(&in, op);
    invoke_fast(&in, op);
    return true;
}

// When the entry is restarted (lock/lock_set.h), nothing is done: the scheduler is next, as always.
static void syscall(struct cpu *cpu, struct thread *t)
{
    struct invocation in;
    struct call c;
    // What the call needs is known for sure only when the locks are held: after a wait it is decoded anew, its words as well,
    // so that what decides is what is done.
    for (;;) {
        c = decode(t, &in);
        if (locks_held(cpu, LOCKS_ALL)) // the only CPU has no others
            break;
        lock_set which = syscall_locks(t, c, &in);
        if (locks_held(cpu, which) || (locks_only_local(cpu) && locks_try(cpu, which)))
            break;
        if (!locks_take(cpu, locks_only_local(cpu) ? which : LOCKS_ALL, ENTRY_SYSCALL))
            return;
    }
    unsigned flags = t->regs.r[2] & L4_SYSF_MASK;
    ipc_begin(t);
    bool alien = t->alien_pass;
    t->alien_pass = false;
    t->in_call = true;
    if (L4_UNLIKELY(!c.o))
        nobody(t, flags);
    else if (c.op)
        invoke(&in, c.op);
    else if (c.o->type == OBJ_THREAD)
        ipc_with_thread(t, thread_of(c.o), t->regs.r[1], c.rights);
    else if (c.o->type == OBJ_GATE)
        gate_send(t, gate_of(c.o), c.rights);
    else
        no_reply(t, c.o); // a receive from an interrupt
    t->in_call = false;
    // Not yet when the call is to be repeated. A vCPU that has left for its user task gets none: the call has no end.
    if (L4_UNLIKELY(alien) && !t->alien_pass && !t->vcpu.user_mode)
        thread_raise_after_call(t);
}

// ---- with the end of the kernel entry ----

// Their array are the words of the invocation, which invocation_copy_words() alone writes, all of them or the first ones.
__attribute__((noinline)) L4_NO_STACK_GUARD void syscall_general(struct cpu *cpu, struct thread *t)
{
    syscall(cpu, t);
    exception_finish(cpu);
}

__attribute__((noinline)) L4_NO_STACK_GUARD void syscall_invoke(struct cpu *cpu, struct thread *t, struct cap_slot const *s)
{
    if (L4_LIKELY(invoke_at_once(t, s)))
        exception_finish(this_cpu()); // `cpu`, but no register holds that meanwhile
    else
        syscall_general(cpu, t);
}

__attribute__((noinline)) void syscall_trigger(struct cpu *cpu, struct thread *t, struct irq *irq)
{
    lock_set which = locks_held(cpu, LOCKS_ALL) ? 0 : irq_trigger_locks(irq);
    if (!locks_held(cpu, which) && !locks_try(cpu, which)) {
        syscall_general(cpu, t);
        return;
    }
    irq_trigger(irq); // the tag that comes back is the one that was sent
    exception_finish(cpu);
}
