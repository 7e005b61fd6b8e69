// SPDX-License-Identifier: MIT
// Message transfer (kernel-abi 3). What touches threads of other CPUs needs their locks: the `locks` functions tell
// which; all else needs the global lock.
#pragma once
#include "ipc/transfer.h"
#include "ipc/utcb.h"
#include "lock/lock_set.h"

struct irq;

// Whose locks a message from or to a thread needs, or the end of its IPC: its CPU's, and those of the threads that it
// owes an answer to, or awaits one from.
lock_set ipc_thread_locks(struct thread const *t);
// Whose locks ipc_timeout() needs.
lock_set ipc_timeout_locks(struct thread const *t);
// System call of the current thread, which is no alien and has no exception to send; local lock held: what can be done at
// once is done, the rest goes to syscall_general().
void ipc_fast(struct cpu *cpu, struct thread *t);
// Any system call of the current thread, with the end of the kernel entry: takes the locks that it needs besides the local
// one, and does what its registers ask for.
void syscall_general(struct cpu *cpu, struct thread *t);
// The same when it calls an operation of a kernel object and the thread is no vCPU.
void syscall_invoke(struct cpu *cpu, struct thread *t, struct cap_slot const *s);
// The same when it triggers an IRQ object or a semaphore, without words.
void syscall_trigger(struct cpu *cpu, struct thread *t, struct irq *irq);
// A page fault of the current thread, of which regs.err and regs.pfa tell; local lock held. `address` as for
// ipc_page_fault(). False: nothing is done, that is the way.
bool ipc_fast_fault(struct cpu *cpu, struct thread *t, uint64_t address);
// What follows ipc_transfer(): `error` is its result; `open`: the receiver waited for anybody.
void ipc_transferred(struct thread *t, struct thread *to, bool open, uint64_t error);
// Notes what the current thread's system call asks for, for the time that it may have to wait.
static inline void ipc_begin(struct thread *t)
{
    t->send_tag = t->regs.r[0];
    t->send_flags = t->regs.r[2] & L4_SYSF_MASK;
    t->timeouts = (uint32_t)t->regs.r[3];
}

// Send phase of `t` to `to` with label and sender's capability rights; afterwards the receive phase, if any.
void ipc_send(struct thread *t, struct thread *to, uint64_t label, uint32_t rights);
// Receive phase; partner NULL = open wait, a thread, or ipc_partner_irq(). Only the current thread gets a message that waits
// for it at once, for others that is deferred work: else each delivery might let its sender receive, and so on.
void ipc_receive(struct thread *t, void *partner);
// The name of an IRQ object as a partner: not the address of any thread.
static inline void *ipc_partner_irq(struct irq *irq)
{
    return (char *)irq + 1;
}
// A vCPU can be interrupted again: a message that waited meanwhile is delivered.
void ipc_vcpu_accepts(struct thread *t);
// A vCPU is to go on in user mode on this CPU, where its handler's address space has a VMID: the message of an interrupt that
// came when it ran here, if there is one, takes it to its handler.
void ipc_vcpu_interrupt(struct thread *t);
// Blocks `t` at a gate that has no thread yet. False when the send timeout is over at once.
bool ipc_block_on_gate(struct thread *t, struct object *gate, struct sender_queue *q, uint32_t rights);
// Blocks `t` until the semaphore is up or its receive timeout is over.
void ipc_block_on_semaphore(struct thread *t, struct irq *semaphore);
// Ends the IPC of a blocked or current thread with an error code (L4_IPC_...).
void ipc_fail(struct thread *t, uint64_t error);
// The caller waits no longer for the answer that another thread owes it, if there is one: what it lent ends.
void ipc_drop_reply(struct thread *caller);
// Ends a blocked IPC: takes the thread out of queues and timeouts; it stays blocked.
void ipc_unlink(struct thread *t);
// What the threads in `q` (no IRQ objects) wait for is gone: L4_IPC_ENOT_EXISTENT for each. False: stopped at a preemption
// point, call again.
bool ipc_fail_all(struct sender_queue *q);
// A timeout of a blocked thread has expired.
void ipc_timeout(struct thread *t);
// Cancels a blocked IPC (ex_regs): 6 or 7.
void ipc_cancel(struct thread *t);
// An interrupt's message for `to` is pending in irq->sender: delivers or queues it.
void ipc_send_irq(struct irq *irq, struct thread *to);
// Zero-timeout open receive of a vCPU: result in x0, x1.
void ipc_vcpu_poll(struct thread *t);

// Page fault and exception messages of the current thread. `address`: fault address with flag bits 0..2.
void ipc_page_fault(struct thread *t, uint64_t address, uint64_t pc);
void ipc_exception(struct thread *t, uint64_t esr, uint64_t fault_address);
// Nobody handles the exception: the thread waits until ex_regs cancels it.
void ipc_stop_in_exception(struct thread *t);
