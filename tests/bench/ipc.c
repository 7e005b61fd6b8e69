// SPDX-License-Identifier: MIT
#include "echo_protocol.h"
#include "measure.h"
#include <l4/re/cap_alloc.h>
#include <l4/re/env.h>
#include <l4/re/thread.h>
#include <l4/sys/factory.h>
#include <l4/sys/ipc.h>
#include <l4/sys/irq.h>
#include <l4/sys/rcv_endpoint.h>
#include <l4/sys/scheduler.h>
#include <stdio.h>

struct call {
    l4_cap_idx_t gate;
    unsigned words;
};

static void call(void *arg)
{
    struct call const *c = arg;
    l4_ipc_call(c->gate, l4_utcb(), l4_msgtag(ECHO_CALL, c->words, 0, 0), L4_IPC_NEVER);
}

static void call_all(l4_cap_idx_t gate, char const *where)
{
    static unsigned const words[] = {0, 4, 63};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        char name[40];
        struct call c = {gate, words[i]};
        snprintf(name, sizeof name, "ipc-%s-%u", where, words[i]);
        measure(name, call, &c);
    }
}

static void *echo(void *arg)
{
    (void)arg;
    l4_umword_t label;
    l4_utcb_t *u = l4_utcb();
    l4_msgtag_t tag = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;)
        tag = l4_ipc_reply_and_wait(u, l4_msgtag(0, l4_msgtag_words(tag), 0, 0), &label,
                                    L4_IPC_SEND_TIMEOUT_0);
    return 0;
}

static l4_cap_idx_t irq;
static volatile uint64_t triggered, latency;

static void *irq_receiver(void *arg)
{
    (void)arg;
    for (;;) {
        l4_ipc_receive(irq, l4_utcb(), L4_IPC_NEVER);
        latency += counter() - triggered;
    }
    return 0;
}

static void trigger(void *arg)
{
    (void)arg;
    triggered = counter();
    l4_irq_trigger(irq);
}

static void bench_irq(void)
{
    static struct l4re_thread t;
    struct l4re_thread_attr attr = L4RE_THREAD_ATTR_INIT;
    attr.prio = 10;
    irq = l4re_util_cap_alloc();
    l4_factory_create_irq(l4re_env()->factory, irq);
    if (l4re_thread_create(&t, irq_receiver, 0, &attr))
        return;
    l4_rcv_ep_bind_thread(irq, t.cap, 0);
    for (unsigned i = 0; i < WARM_UP; i++)
        trigger(0);
    latency = 0;
    uint64_t start = counter();
    for (unsigned i = 0; i < LOOPS; i++)
        trigger(0);
    uint64_t whole = counter() - start;
    report("irq-to-receiver", latency, LOOPS);
    report("irq-full-loop", whole, LOOPS);
}

// A client and a server on each CPU, all at work at the same time. The emulator executes its CPUs in turn, and its time
// passes with the instructions of all.
enum { PAIRS = 16 };
static struct pair {
    struct l4re_thread client, server;
    l4_cap_idx_t gate;
} pairs[PAIRS];
static unsigned num_pairs;

static void *pair_client(void *arg)
{
    struct pair const *p = arg;
    struct call c = {p->gate, 0};
    for (unsigned i = 0; i < LOOPS; i++)
        call(&c);
    return 0;
}

static int make_pair(struct pair *p, unsigned cpu)
{
    struct l4re_thread_attr attr = L4RE_THREAD_ATTR_INIT;
    attr.cpu = (int)cpu;
    p->gate = l4re_util_cap_alloc();
    int err = l4re_thread_create(&p->server, echo, 0, &attr);
    if (!err)
        err = (int)l4_error(l4_factory_create_gate(l4re_env()->factory, p->gate, p->server.cap, 0));
    if (!err) {
        attr.start_suspended = 1;
        err = l4re_thread_create(&p->client, pair_client, p, &attr);
    }
    return err;
}

static void bench_pairs(void)
{
    l4_sched_cpu_set_t cpus = l4_sched_cpu_set(0, 0, 0);
    if (l4_error(l4_scheduler_info(l4re_env()->scheduler, 0, &cpus)) < 0)
        return;
    for (unsigned cpu = 0; cpu < PAIRS; cpu++)
        if ((cpus.map >> cpu & 1) && make_pair(&pairs[num_pairs++], cpu)) {
            puts("bench: cannot make a pair of threads");
            return;
        }
    l4_sleep(1); // the servers wait
    uint64_t start = counter();
    for (unsigned i = 0; i < num_pairs; i++)
        l4re_thread_start(&pairs[i].client);
    for (unsigned i = 0; i < num_pairs; i++)
        l4re_thread_join(&pairs[i].client, 0);
    report("ipc-pairs", counter() - start, LOOPS * num_pairs);
}

void bench_ipc(void)
{
    static struct l4re_thread t;
    l4_cap_idx_t gate = l4re_util_cap_alloc();
    if (l4re_thread_create(&t, echo, 0, 0) ||
        l4_error(l4_factory_create_gate(l4re_env()->factory, gate, t.cap, 0)))
        puts("bench: cannot make the echo thread");
    else
        call_all(gate, "one-task");
    l4_cap_idx_t other = l4re_env_get_cap("echo");
    if (l4_is_valid_cap(other))
        call_all(other, "two-tasks");
    else
        puts("bench: the script gave no capability 'echo'");
    bench_pairs();
    bench_irq();
}
