// SPDX-License-Identifier: MIT
#include "device/alarm.h"

#include "vm.h"

#include <l4/sys/irq.h>
#include <l4/sys/kip.h>

static l4_msgtag_t changed(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct alarm *a = (struct alarm *)((char *)o - offsetof(struct alarm, changed));
    (void)rights;
    (void)tag;
    (void)u;
    uint64_t at = atomic_load(&a->at);
    if (at == ALARM_NEVER)
        srv_timer_cancel(&vm.events, &a->timer);
    else
        srv_timer_arm(&vm.events, &a->timer, at);
    return SRV_NO_REPLY;
}

static void expired(struct srv_timer *t)
{
    struct alarm *a = (struct alarm *)((char *)t - offsetof(struct alarm, timer));
    uint64_t at = atomic_load(&a->at);
    if (at > alarm_now()) // set anew: changed() is on its way
        return;
    if (atomic_compare_exchange_strong(&a->at, &at, ALARM_NEVER))
        a->expired(a);
}

static struct srv_ops const ops = {.dispatch = changed, .name = "alarm", .proto = L4_PROTO_IRQ};

int alarm_init(struct alarm *a, void (*fn)(struct alarm *a))
{
    a->expired = fn;
    a->at = ALARM_NEVER;
    a->timer.expired = expired;
    a->changed.ops = &ops;
    return srv_register_irq(&vm.events, &a->changed);
}

void alarm_set(struct alarm *a, uint64_t at)
{
    if (atomic_exchange(&a->at, at) != at)
        l4_irq_trigger(a->changed.cap);
}

void alarm_set_by(struct alarm *a, uint64_t at)
{
    if (at < atomic_load(&a->at)) // ALARM_NEVER is later than all
        alarm_set(a, at);
}

uint64_t alarm_now(void)
{
    return l4_kip_clock(l4_kip());
}
