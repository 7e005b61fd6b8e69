// SPDX-License-Identifier: MIT
// The system call: looks the capability up and does what the registers ask for.
#include "ipc/ipc.h"
#include "object/gate.h"
#include "object/irq.h"
#include "object/task.h"
#include "sched/sched.h"
#include <l4/sys/consts.h>

enum { SELECTOR_SELF = 0xc00 };

static void invoke_object(struct thread *t, struct object *o, uint32_t rights)
{
    struct invocation in = {.caller = t, .obj = o, .rights = rights, .tag = t->send_tag,
                            .has_recv = t->send_flags & SYS_RECV};
    uint64_t own = t->send_tag & ~(uint64_t)TAG_ERROR;
    uint64_t result = object_ops[o->type]->invoke(&in);
    if (in.blocked)
        return;
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

// The object that the caller's capability names; NULL when the slot is empty.
static struct object *target(struct thread *t, uint64_t dest, uint32_t *rights)
{
    if (dest & SELECTOR_SELF) {
        *rights = CAP_W | CAP_S;
        return &t->obj;
    }
    struct cap_slot *s = cap_lookup(&t->task->caps, dest >> 12);
    if (!s)
        return 0;
    *rights = s->rights;
    return s->obj;
}

static bool is_thread_call(unsigned flags, uint64_t tag)
{
    return (flags & SYS_SEND || !flags) && tag_label(tag) == L4_PROTO_THREAD;
}

static bool is_gate_call(unsigned flags, uint64_t tag, uint32_t rights)
{
    return (rights & CAP_OBJ1) && (flags & SYS_SEND) && tag_label(tag) == L4_PROTO_KOBJECT;
}

// What the first one to deliver to an open wait reaches.
static uint32_t first_sender_reach(struct thread *t)
{
    struct sender *s = t->senders.first;
    if (!s || s->kind == SENDER_IRQ)
        return 0;
    struct thread *from = sender_thread(s);
    bool goes_on = (from->send_flags & SYS_OPEN_WAIT) && from->senders.first; // takes a message itself then
    return tag_items(from->send_tag) || goes_on ? CPUS_ALL : ipc_thread_reach(from);
}

// Everything that decides here is in registers or in the kernel: the UTCB may change behind our back.
uint32_t ipc_reach(struct thread *t)
{
    uint64_t tag = t->regs.x[0], dest = t->regs.x[2];
    unsigned flags = dest & 0xf;
    uint32_t rights, reach = ipc_thread_reach(t);
    bool sends = flags & SYS_SEND, open = (flags & SYS_RECV) && (flags & SYS_OPEN_WAIT);
    if (t->alien || (sends && tag_items(tag)))
        return CPUS_ALL;
    struct object *o = flags & SYS_REPLY ? 0 : target(t, dest, &rights);
    struct thread *partner = 0;
    if (o && o->type == OBJ_THREAD) {
        if (is_thread_call(flags, tag))
            return CPUS_ALL;
        partner = thread_of(o);
    } else if (o && o->type == OBJ_GATE) {
        partner = gate_of(o)->thread;
        if (!partner || is_gate_call(flags, tag, rights))
            return CPUS_ALL;
    } else if (o && (o->type != OBJ_IRQ || (sends && tag_label(tag) != L4_PROTO_IRQ))) {
        return CPUS_ALL;
    } else if (o) {
        reach |= irq_reach(irq_of(o));
    }
    if (partner && sends)
        reach |= ipc_thread_reach(partner);
    else if (partner && !open && t->senders.first)
        return CPUS_ALL; // the partner may be among them
    return open ? reach | first_sender_reach(t) : reach;
}

void ipc_syscall(struct thread *t)
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
    uint32_t rights;
    struct object *o = target(t, dest, &rights);
    if (!o)
        ipc_fail(t, IPC_NOT_EXISTENT);
    else if (o->type == OBJ_THREAD && !is_thread_call(flags, t->send_tag))
        ipc_with_thread(t, thread_of(o), t->regs.x[1], rights);
    else if (o->type == OBJ_GATE && !is_gate_call(flags, t->send_tag, rights))
        gate_send(t, gate_of(o), rights);
    else
        invoke_object(t, o, rights);
}
