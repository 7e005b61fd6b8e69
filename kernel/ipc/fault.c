// SPDX-License-Identifier: MIT
// Messages that the kernel sends for a thread: page faults and exceptions.
#include <arch/context.h>
#include "debug/print.h"
#include "ipc/ipc.h"
#include "object/gate.h"
#include "object/task.h"
#include <l4/sys/consts.h>

// Sends what t->msg_kind says to the object in a slot. False when the slot holds no receiver.
static bool send_to_slot(struct thread *t, struct cap_slot *s)
{
    t->send_flags = L4_SYSF_CALL;
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
    bool dying = t->task->obj.dying; // its memory goes, and nobody gives it any: it would fault for ever
    if (dying || !s || !s->obj) {
        if (!dying)
            log_print("thread %p: page fault at %lx, pc %lx, and no pager: thread ends\n", (void *)t, address, pc);
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
    struct cap_slot *s = t->task->obj.dying ? NULL : cap_lookup(&t->task->caps, t->exc_handler);
    t->msg_kind = MSG_EXCEPTION;
    t->in_exception = true;
    t->send_tag = tag_make(L4_PROTO_EXCEPTION, L4_UTCB_EXCEPTION_REGS_SIZE, 0, 0);
    if (!s || !s->obj || !send_to_slot(t, s)) {
        if (!t->task->obj.dying)
            log_print("thread %p: exception %lx at pc %lx, address %lx, and no handler: thread stops\n", (void *)t, esr,
                      t->regs.pc, fault_address);
        ipc_stop_in_exception(t);
    }
}
