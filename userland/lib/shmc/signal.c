// SPDX-License-Identifier: MIT
// Signals are IRQ objects: triggers come together in one message, which waits until somebody receives it.
#include "layout.h"

#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/sys/factory.h>
#include <l4/sys/irq.h>
#include <stdio.h>

struct entry_name {
    char text[4 + L4SHMC_NAME_MAX];
};

// Signals have names of their own in the namespace.
static struct entry_name entry(char const *name)
{
    struct entry_name e;
    snprintf(e.text, sizeof(e.text), "sig-%s", name);
    return e;
}

long l4shmc_add_signal(l4shmc_area_t *shmarea, char const *signal_name, l4shmc_signal_t *signal)
{
    long e = shmc_check_name(signal_name);
    if (e < 0)
        return e;
    signal->cap = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(signal->cap))
        return -L4_ENOMEM;
    e = l4_error(l4_factory_create_irq(l4re_env()->factory, signal->cap));
    if (e >= 0)
        e = l4re_ns_register_obj_srv(shmarea->ns, entry(signal_name).text, signal->cap, L4RE_NS_REGISTER_RWS);
    if (e < 0)
        l4re_util_cap_free_um(signal->cap);
    return e < 0 ? e : 0;
}

struct get_signal {
    l4re_namespace_t ns;
    struct entry_name name;
    l4_cap_idx_t cap;
};

static long get_step(void *arg)
{
    struct get_signal *g = arg;
    return l4re_ns_query_to_srv(g->ns, g->name.text, g->cap, 0);
}

long l4shmc_get_signal_to(l4shmc_area_t *shmarea, char const *signal_name, l4_umword_t timeout_ms, l4shmc_signal_t *signal)
{
    struct get_signal g = {shmarea->ns, entry(signal_name), L4_INVALID_CAP};
    long e = shmc_check_name(signal_name);
    if (e < 0)
        return e;
    g.cap = l4re_util_cap_alloc();
    if (l4_is_invalid_cap(g.cap))
        return -L4_ENOMEM;
    e = shmc_wait_for(get_step, &g, timeout_ms);
    if (e < 0)
        l4re_util_cap_free_um(g.cap);
    else
        signal->cap = g.cap;
    return e < 0 ? e : 0;
}

long l4shmc_get_signal(l4shmc_area_t *shmarea, char const *signal_name, l4shmc_signal_t *signal)
{
    return l4shmc_get_signal_to(shmarea, signal_name, SHMC_FOREVER, signal);
}

long l4shmc_attach_signal_to(l4shmc_area_t *shmarea, char const *signal_name, l4_cap_idx_t thread, l4_umword_t timeout_ms,
                             l4shmc_signal_t *signal)
{
    long e = l4shmc_get_signal_to(shmarea, signal_name, timeout_ms, signal);
    if (e < 0)
        return e;
    e = l4_error(l4_rcv_ep_bind_thread(signal->cap, thread, (l4_umword_t)signal));
    if (e < 0)
        l4re_util_cap_free_um(signal->cap);
    return e < 0 ? e : 0;
}

long l4shmc_attach_signal(l4shmc_area_t *shmarea, char const *signal_name, l4_cap_idx_t thread, l4shmc_signal_t *signal)
{
    return l4shmc_attach_signal_to(shmarea, signal_name, thread, SHMC_FOREVER, signal);
}

static long result(l4_msgtag_t t)
{
    l4_umword_t e = l4_ipc_error(t, l4_utcb());
    return e ? l4_ipc_to_errno(e) : 0;
}

long l4shmc_trigger(l4shmc_signal_t *signal)
{
    return result(l4_irq_trigger(signal->cap));
}

l4_cap_idx_t l4shmc_signal_cap(l4shmc_signal_t const *signal)
{
    return signal->cap;
}

long l4shmc_enable_signal(l4shmc_signal_t *signal)
{
    return result(l4_irq_unmask(signal->cap));
}

long l4shmc_wait_signal_to(l4shmc_signal_t *signal, l4_timeout_t timeout)
{
    return result(l4_irq_receive(signal->cap, timeout));
}

long l4shmc_wait_signal(l4shmc_signal_t *signal)
{
    return l4shmc_wait_signal_to(signal, L4_IPC_NEVER);
}

long l4shmc_wait_signal_try(l4shmc_signal_t *signal)
{
    return l4shmc_wait_signal_to(signal, L4_IPC_BOTH_TIMEOUT_0);
}

long l4shmc_wait_any_to(l4_timeout_t timeout, l4shmc_signal_t **retsignal)
{
    l4_umword_t label;
    long e = result(l4_ipc_wait(l4_utcb(), &label, timeout));
    if (e >= 0)
        *retsignal = (l4shmc_signal_t *)label;
    return e;
}

long l4shmc_wait_any(l4shmc_signal_t **retsignal)
{
    return l4shmc_wait_any_to(L4_IPC_NEVER, retsignal);
}

long l4shmc_wait_any_try(l4shmc_signal_t **retsignal)
{
    return l4shmc_wait_any_to(L4_IPC_BOTH_TIMEOUT_0, retsignal);
}
