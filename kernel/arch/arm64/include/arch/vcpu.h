// SPDX-License-Identifier: MIT
// vCPU execution: entering the handler (upcall) and resuming the user task or guest (kernel-abi 6.2, 6.3).
#pragma once
#include "sched/cpu.h"

// Leaves user mode of the vCPU for its handler: `err` and `pfa` go into the area. The thread's registers are in the
// area's frame (it ran in user mode) or in its own (it was interrupted in the handler's kernel mode).
// Needs only the local lock.
void vcpu_upcall(struct cpu *cpu, struct thread *t, uint64_t err, uint64_t pfa);
// The thread, in user mode, has lost its CPU to others, though it could go on: if its area asks for that, it goes on in the
// handler (L4_EC_PREEMPTION). Needs only the local lock.
void vcpu_preempted(struct thread *t);
// A late error of its user task's accesses, 0 = none: the handler gets it with the next resume (kernel-abi 6.10).
void vcpu_late_error(struct thread *t, uint64_t esr);
// THREAD operation vcpu_resume of the current thread, the general way (guest_fast.h has the other). Returns a negative error,
// or 0 when the thread continues as the area says.
int64_t vcpu_resume(struct cpu *cpu, struct thread *t, uint64_t tag);
// The message that a resume has received is there: the handler gets it.
void vcpu_polled(struct thread *t);
// There is none after all: the resume is made again.
void vcpu_poll_failed(struct thread *t);
// THREAD operation vcpu_control: makes the current (extended) or a stopped thread a vCPU with its area at `addr`.
int64_t vcpu_control(struct cpu *cpu, struct thread *t, uint64_t addr, bool extended);
// True when a message may be delivered to this thread by upcall now.
bool vcpu_accepts_ipc(struct thread *t);
// Before and after such a delivery: tag and label are in the frame's x0 and x1 of the thread.
void vcpu_ipc_delivered(struct thread *t, uint64_t tag, uint64_t label);
// Senders are queued at the thread, or not any more.
void vcpu_set_sticky(struct thread *t, bool on);
