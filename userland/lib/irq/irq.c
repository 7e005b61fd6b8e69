// SPDX-License-Identifier: MIT
#include "irq.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/re/mutex.h>
#include <l4/sys/factory.h>
#include <l4/sys/irq.h>
#include <l4/sys/task.h>
#include <stdlib.h>

static struct l4irq_t *attached; // a label is believed only if it is one of these
static l4re_mutex_t lock = L4RE_MUTEX_INIT;

static l4_cap_idx_t icu(void)
{
    l4_cap_idx_t cap = l4re_env_get_cap("icu");
    return l4_is_valid_cap(cap) ? cap : l4re_env_get_cap("vbus");
}

// An IRQ object at the pin. 0 or a negative error code.
static long pin_bind(struct l4irq_t *irq, unsigned mode)
{
    l4_cap_idx_t cap = icu();
    if (l4_is_invalid_cap(cap))
        return -L4_ENODEV;
    long e = l4_error(l4_factory_create_irq(l4re_env()->factory, irq->cap));
    if (e >= 0 && mode != L4_IRQ_F_NONE)
        e = l4_error(l4_icu_set_mode(cap, (unsigned)irq->pin, mode));
    if (e >= 0)
        e = l4_error(l4_icu_bind(cap, (unsigned)irq->pin, irq->cap));
    irq->unmask_by_icu = e == 1;
    return e < 0 ? e : 0;
}

struct l4irq_t *irq_new(int pin, l4_cap_idx_t cap, unsigned mode)
{
    if (pin < 0 && (l4_is_invalid_cap(cap) || mode != L4_IRQ_F_NONE))
        return NULL;
    struct l4irq_t *irq = calloc(1, sizeof(*irq));
    if (!irq)
        return NULL;
    irq->pin = pin;
    irq->cap = pin < 0 ? cap : l4re_util_cap_alloc();
    if (l4_is_invalid_cap(irq->cap) || (pin >= 0 && pin_bind(irq, mode) < 0)) {
        if (pin >= 0)
            l4re_util_cap_free_um(irq->cap);
        free(irq);
        return NULL;
    }
    return irq;
}

long irq_bind(struct l4irq_t *irq, l4_cap_idx_t thread)
{
    long e = l4_error(l4_rcv_ep_bind_thread(irq->cap, thread, (l4_umword_t)irq));
    if (e < 0)
        return e;
    l4re_mutex_lock(&lock);
    irq->next = attached;
    attached = irq;
    l4re_mutex_unlock(&lock);
    return 0;
}

static l4irq_t *attach(int pin, l4_cap_idx_t cap, l4_cap_idx_t thread, unsigned mode)
{
    struct l4irq_t *irq = irq_new(pin, cap, mode);
    if (irq && irq_bind(irq, thread) < 0) {
        l4irq_detach(irq);
        return NULL;
    }
    return irq;
}

l4irq_t *l4irq_attach_thread_ft(int irqnum, l4_cap_idx_t to_thread, unsigned mode)
{
    return irqnum < 0 ? NULL : attach(irqnum, L4_INVALID_CAP, to_thread, mode);
}

l4irq_t *l4irq_attach_thread(int irqnum, l4_cap_idx_t to_thread)
{
    return l4irq_attach_thread_ft(irqnum, to_thread, L4_IRQ_F_NONE);
}

l4irq_t *l4irq_attach_ft(int irqnum, unsigned mode)
{
    return l4irq_attach_thread_ft(irqnum, l4re_thread_self(), mode);
}

l4irq_t *l4irq_attach(int irqnum)
{
    return l4irq_attach_ft(irqnum, L4_IRQ_F_NONE);
}

l4irq_t *l4irq_attach_thread_cap_ft(l4_cap_idx_t irqcap, l4_cap_idx_t to_thread, unsigned mode)
{
    return attach(-1, irqcap, to_thread, mode);
}

l4irq_t *l4irq_attach_thread_cap(l4_cap_idx_t irqcap, l4_cap_idx_t to_thread)
{
    return l4irq_attach_thread_cap_ft(irqcap, to_thread, L4_IRQ_F_NONE);
}

l4irq_t *l4irq_attach_cap_ft(l4_cap_idx_t irqcap, unsigned mode)
{
    return l4irq_attach_thread_cap_ft(irqcap, l4re_thread_self(), mode);
}

l4irq_t *l4irq_attach_cap(l4_cap_idx_t irqcap)
{
    return l4irq_attach_cap_ft(irqcap, L4_IRQ_F_NONE);
}

static long result(l4_msgtag_t t)
{
    l4_umword_t e = l4_ipc_error(t, l4_utcb());
    return e ? l4_ipc_to_errno(e) : 0;
}

long l4irq_unmask(l4irq_t *irq)
{
    if (irq->unmask_by_icu)
        return result(l4_icu_unmask(icu(), (unsigned)irq->pin, NULL, L4_IPC_NEVER));
    return result(l4_irq_unmask(irq->cap));
}

long l4irq_wait(l4irq_t *irq)
{
    if (!irq->unmask_by_icu)
        return result(l4_irq_receive(irq->cap, L4_IPC_NEVER));
    long e = l4irq_unmask(irq);
    return e < 0 ? e : result(l4_ipc_receive(irq->cap, l4_utcb(), L4_IPC_NEVER));
}

long l4irq_wait_any(l4irq_t **irq)
{
    l4_umword_t label;
    long e = result(l4_ipc_wait(l4_utcb(), &label, L4_IPC_NEVER));
    if (e < 0)
        return e;
    l4re_mutex_lock(&lock);
    struct l4irq_t *i = attached;
    while (i && (l4_umword_t)i != label)
        i = i->next;
    l4re_mutex_unlock(&lock);
    *irq = i;
    return i ? 0 : -L4_EINVAL;
}

long l4irq_unmask_and_wait_any(l4irq_t *unmask_irq, l4irq_t **ret_irq)
{
    long e = l4irq_unmask(unmask_irq);
    return e < 0 ? e : l4irq_wait_any(ret_irq);
}

long l4irq_detach(l4irq_t *irq)
{
    long e = 0;
    l4re_mutex_lock(&lock);
    struct l4irq_t **link = &attached;
    while (*link && *link != irq)
        link = &(*link)->next;
    if (*link)
        *link = irq->next;
    l4re_mutex_unlock(&lock);
    if (irq->pin >= 0) {
        e = l4_error(l4_icu_unbind(icu(), (unsigned)irq->pin, irq->cap));
        l4_task_delete_obj(L4RE_THIS_TASK_CAP, irq->cap);
        l4re_util_cap_free(irq->cap);
    } else {
        e = l4_error(l4_irq_detach(irq->cap));
        if (e == -L4_ENOENT) // its thread has ended
            e = 0;
    }
    free(irq);
    return e < 0 ? e : 0;
}
