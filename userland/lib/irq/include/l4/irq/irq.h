// SPDX-License-Identifier: MIT
// Interrupts: threads wait for them (attach, wait, detach), or a function is called by a thread of its own (request, release).
// Numbers are pins of the program's interrupt controller: its capability "icu", or without one "vbus".
#pragma once

#include <l4/sys/icu.h>

typedef struct l4irq_t l4irq_t;

L4_BEGIN_DECLS

// Attach interrupt `irqnum` to the caller, or to thread `to_thread`, which then gets a message with the l4irq_t's address as
// label. `mode`: L4_IRQ_F_*, L4_IRQ_F_NONE as it is. It is masked until the first wait or unmask. NULL on error: there is no
// such pin, it is taken, or memory is short.
l4irq_t *l4irq_attach(int irqnum);
l4irq_t *l4irq_attach_ft(int irqnum, unsigned mode);
l4irq_t *l4irq_attach_thread(int irqnum, l4_cap_idx_t to_thread);
l4irq_t *l4irq_attach_thread_ft(int irqnum, l4_cap_idx_t to_thread, unsigned mode);

// The same for an IRQ object that the caller has. Its pin, if there is one, is not ours: `mode` must be L4_IRQ_F_NONE.
l4irq_t *l4irq_attach_cap(l4_cap_idx_t irqcap);
l4irq_t *l4irq_attach_cap_ft(l4_cap_idx_t irqcap, unsigned mode);
l4irq_t *l4irq_attach_thread_cap(l4_cap_idx_t irqcap, l4_cap_idx_t to_thread);
l4irq_t *l4irq_attach_thread_cap_ft(l4_cap_idx_t irqcap, l4_cap_idx_t to_thread, unsigned mode);

// Unmask and wait for this interrupt. 0 or a negative error code.
long l4irq_wait(l4irq_t *irq);

// Wait for any attached interrupt, after unmasking `unmask_irq`. 0, or -L4_EINVAL when a message came that is none of them, or
// another negative error code.
long l4irq_unmask_and_wait_any(l4irq_t *unmask_irq, l4irq_t **ret_irq);
long l4irq_wait_any(l4irq_t **irq);

// Unmask only, for threads that wait by l4_ipc_wait(). 0 or a negative error code.
long l4irq_unmask(l4irq_t *irq);

// Give the interrupt back; `irq` is gone. Not while a thread waits for it. 0 or a negative error code.
long l4irq_detach(l4irq_t *irq);

// A thread of its own calls isr_handler(isr_data) at each interrupt and unmasks it afterwards. `irq_thread_prio`: its priority,
// -1 the one of a usual thread. NULL on error.
l4irq_t *l4irq_request(int irqnum, void (*isr_handler)(void *), void *isr_data, int irq_thread_prio, unsigned mode);
l4irq_t *l4irq_request_cap(l4_cap_idx_t irqcap, void (*isr_handler)(void *), void *isr_data, int irq_thread_prio,
                           unsigned mode);

// End the handler's thread, after the call that it is in, and give the interrupt back. Not from the handler itself. 0 or a
// negative error code.
long l4irq_release(l4irq_t *irq);

L4_END_DECLS
