// SPDX-License-Identifier: MIT
// The system call: what the registers ask for, whose locks that needs, and the doing.
#include "ipc/ipc.h"
#include "ipc/invocation.h"
#include "object/gate.h"
#include "object/irq.h"
#include "object/task.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

enum { SELECTOR_SELF = 0xc00 };

// Notes what the current thread wants, for the time that it may have to wait.
static inline void begin(struct thread *t, uint64_t tag, unsigned flags)
{
    t->send_tag = tag;
    t->send_flags = flags;
    t->timeouts = (uint32_t)t->regs.x[3];
}

// The operation had no result: there may be a receive phase still.
static void no_reply(struct thread *t, struct object *o)
{
    t->regs.x[0] = t->send_tag & ~(uint64_t)TAG_ERROR;
    if (!(t->send_flags & SYS_RECV))
        return;
    bool irq = o->type == OBJ_IRQ || o->type == OBJ_SEMAPHORE;
    ipc_receive(t, t->send_flags & SYS_OPEN_WAIT ? 0 : irq ? ipc_partner_irq(irq_of(o)) : t);
}

static inline void invoke_object(struct thread *t, struct object *o, uint32_t rights, uint64_t tag, unsigned flags)
{
    struct invocation in; // without an initializer, which would clear the words too
    in.caller = t;
    in.obj = o;
    in.rights = rights;
    in.tag = tag;
    in.has_recv = flags & SYS_RECV;
    in.unusual = 0;
    if (tag_words(tag))
        invocation_copy_words(&in);
    uint64_t result = object_ops[o->type]->invoke(&in);
    if (L4_UNLIKELY(t->stopped.valid) && !in.blocked)
        stopped_clear(t);
    if (L4_LIKELY(!in.unusual))
        t->regs.x[0] = (flags & SYS_RECV) || (result & TAG_ERROR) ? result : tag & ~(uint64_t)TAG_ERROR;
    else if (!in.blocked)
        no_reply(t, o);
}

void ipc_invoke(struct thread *t, struct cap_slot const *s)
{
    uint64_t tag = t->regs.x[0];
    unsigned flags = t->regs.x[2] & 0xf;
    begin(t, tag, flags);
    invoke_object(t, s->obj, s->rights, tag, flags);
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

// The call names no object: it is a reply, or goes nowhere.
static void nobody(struct thread *t, unsigned flags)
{
    struct thread *to = flags & SYS_REPLY ? t->reply_to : 0;
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

// The object that the capability of a system call names; NULL = none, or an implicit reply.
static inline struct object *target(struct thread *t, uint32_t *rights)
{
    uint64_t dest = t->regs.x[2];
    *rights = CAP_W | CAP_S;
    if (dest & SELECTOR_SELF)
        return dest & SYS_REPLY ? 0 : &t->obj;
    struct cap_slot *s = dest & SYS_REPLY ? 0 : cap_lookup(&t->task->caps, dest >> 12);
    if (!s || !s->obj)
        return 0;
    *rights = s->rights;
    return s->obj;
}

// Whether the object stands for a thread that is sent to or received from; else it is itself asked for something.
static inline bool is_message(struct object const *o, uint64_t tag, unsigned flags, uint32_t rights)
{
    if (o->type == OBJ_THREAD)
        return !((flags & SYS_SEND || !flags) && tag_label(tag) == L4_PROTO_THREAD);
    return o->type == OBJ_GATE && !((rights & CAP_OBJ1) && (flags & SYS_SEND) && tag_label(tag) == L4_PROTO_KOBJECT);
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
    return (flags & SYS_OPEN_WAIT) && (flags & SYS_RECV || !(flags & SYS_SEND));
}

static lock_set object_locks(struct object *o, uint64_t tag, unsigned flags)
{
    if (o->type == OBJ_VCON && (flags & SYS_SEND) && tag_label(tag) == L4_PROTO_LOG)
        return 0;
    if (o->type != OBJ_IRQ || ((flags & SYS_SEND) && tag_label(tag) != L4_PROTO_IRQ))
        return LOCKS_ALL;
    return irq_locks(irq_of(o));
}

static lock_set message_locks(struct thread *t, struct object *o, unsigned flags)
{
    struct thread *partner = o->type == OBJ_THREAD ? thread_of(o) : gate_of(o)->thread;
    if (!partner)
        return LOCKS_ALL; // it waits at the gate
    if (flags & SYS_SEND)
        return ipc_thread_locks(partner);
    // a receive: the partner may be among those who wait
    return open_wait(flags) || !t->senders.first ? 0 : LOCKS_ALL;
}

// Whose locks a system call needs. Everything that decides is in registers or in the kernel: the UTCB may change
// behind our back.
static lock_set syscall_locks(struct thread *t, struct object *o, uint32_t rights)
{
    uint64_t tag = t->regs.x[0];
    unsigned flags = t->regs.x[2] & 0xf;
    lock_set locks = ipc_thread_locks(t);
    // What comes after a call that has stopped, perhaps another one, takes its marker out of the mapping tree.
    if (((flags & SYS_SEND) && tag_items(tag)) || L4_UNLIKELY(t->stopped.valid))
        return LOCKS_ALL;
    if (o)
        locks |= is_message(o, tag, flags, rights) ? message_locks(t, o, flags) : object_locks(o, tag, flags);
    return open_wait(flags) ? locks | first_sender_locks(t) : locks;
}

// What a system call needs is known for sure only when the locks are held.
static bool take_locks(struct cpu *cpu, struct thread *t)
{
    for (;;) {
        uint32_t rights;
        struct object *o = target(t, &rights);
        lock_set which = syscall_locks(t, o, rights);
        if (locks_held(cpu, which))
            return true;
        if (!locks_take(cpu, locks_only_local(cpu) ? which : LOCKS_ALL, ENTRY_SYSCALL))
            return false;
    }
}

void ipc_syscall(struct cpu *cpu, struct thread *t)
{
    if (L4_UNLIKELY(!locks_held(cpu, LOCKS_ALL)) && !take_locks(cpu, t)) // the only CPU holds all there are
        return;
    uint64_t tag = t->regs.x[0];
    unsigned flags = t->regs.x[2] & 0xf;
    uint32_t rights;
    struct object *o = target(t, &rights);
    begin(t, tag, flags);
    bool alien = t->alien_pass;
    t->alien_pass = false;
    t->in_call = true;
    if (L4_UNLIKELY(!o))
        nobody(t, flags);
    else if (!is_message(o, tag, flags, rights))
        invoke_object(t, o, rights, tag, flags);
    else if (o->type == OBJ_THREAD)
        ipc_with_thread(t, thread_of(o), t->regs.x[1], rights);
    else
        gate_send(t, gate_of(o), rights);
    t->in_call = false;
    // Not yet when the call is to be repeated. A vCPU that has left for its user task gets none: the call has no end.
    if (L4_UNLIKELY(alien) && !t->alien_pass && !t->vcpu.user_mode)
        thread_raise_after_call(t);
}
