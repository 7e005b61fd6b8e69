// SPDX-License-Identifier: MIT
// Handlers with a thread each.
#include "irq.h"

#include <l4/sys/irq.h>

static void *irq_thread(void *arg)
{
    struct l4irq_t *irq = arg;
    while (l4irq_wait(irq) >= 0 && !__atomic_load_n(&irq->ending, __ATOMIC_ACQUIRE))
        irq->handler(irq->data);
    return NULL;
}

static l4irq_t *request(struct l4irq_t *irq, int prio)
{
    struct l4re_thread_attr attr = L4RE_THREAD_ATTR_INIT;
    if (!irq)
        return NULL;
    attr.prio = prio < 0 ? 0 : (unsigned)prio;
    attr.name = "irq";
    attr.start_suspended = 1; // it must be bound before the thread waits
    if (l4re_thread_create(&irq->thread, irq_thread, irq, &attr) < 0) {
        l4irq_detach(irq);
        return NULL;
    }
    long e = irq_bind(irq, irq->thread.cap);
    if (e < 0) // its wait fails, or it finds that it has to end
        __atomic_store_n(&irq->ending, true, __ATOMIC_RELEASE);
    l4re_thread_start(&irq->thread);
    if (e < 0) {
        l4irq_release(irq);
        return NULL;
    }
    return irq;
}

l4irq_t *l4irq_request(int irqnum, void (*isr_handler)(void *), void *isr_data, int irq_thread_prio, unsigned mode)
{
    struct l4irq_t *irq = irqnum < 0 ? NULL : irq_new(irqnum, L4_INVALID_CAP, mode);
    if (irq) {
        irq->handler = isr_handler;
        irq->data = isr_data;
    }
    return request(irq, irq_thread_prio);
}

l4irq_t *l4irq_request_cap(l4_cap_idx_t irqcap, void (*isr_handler)(void *), void *isr_data, int irq_thread_prio,
                           unsigned mode)
{
    struct l4irq_t *irq = irq_new(-1, irqcap, mode);
    if (irq) {
        irq->handler = isr_handler;
        irq->data = isr_data;
    }
    return request(irq, irq_thread_prio);
}

long l4irq_release(l4irq_t *irq)
{
    __atomic_store_n(&irq->ending, true, __ATOMIC_RELEASE);
    l4_irq_trigger(irq->cap);
    int e = l4re_thread_join(&irq->thread, NULL);
    return e < 0 ? e : l4irq_detach(irq);
}
