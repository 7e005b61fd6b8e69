// SPDX-License-Identifier: MIT
// A thread in another task that touches pages, and sends and takes messages, as root tells it.
#include "fuzz.h"

static void send_message(struct prober *p, l4_utcb_t *u)
{
    for (unsigned i = 0; i < LENGTH(p->out.mr); i++)
        u->msg.mr[i] = p->out.mr[i];
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    l4_msgtag_t t = l4_ipc_call(p->out.dest, u, (l4_msgtag_t){(l4_mword_t)p->out.tag}, both_us(10000000));
    p->result = (uint64_t)t.raw;
    p->error = u->tcr.error;
}

static void touch(struct probe *q)
{
    q->result = q->kind == PROBE_LOAD    ? probe_load(q->addr)
                : q->kind == PROBE_STORE ? probe_store(q->addr, q->value)
                                         : probe_exec(q->addr);
}

static void obey(struct prober *p, l4_utcb_t *u)
{
    for (unsigned i = 0; i < p->count; i++)
        touch(&p->probe[i]);
    if (p->send)
        send_message(p, u);
}

// Touches a page until it is told that the page is gone, and once more.
static void watch(struct prober *p)
{
    do {
        touch(&p->probe[0]);
        p->ready = 1;
        for (unsigned i = 0; i < 100 && !p->go; i++)
            asm volatile("yield");
    } while (!p->go);
    touch(&p->probe[0]);
    p->done = 1;
}

void prober_loop(void *area)
{
    struct prober *p = area;
    l4_utcb_t *u = l4_utcb();
    l4_umword_t label;
    l4_msgtag_t t = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    for (;;) {
        bool error = l4_msgtag_has_error(t);
        if (label == LABEL_ROOT && !error) {
            obey(p, u);
        } else if (label == LABEL_WATCH && !error) {
            watch(p);
        } else if (label) {
            p->got_tag = (uint64_t)t.raw;
            p->got_label = label;
            for (unsigned i = 0; i < LENGTH(p->got_mr); i++)
                p->got_mr[i] = u->msg.mr[i];
        }
        u->buf.bdr = p->bdr;
        for (unsigned i = 0; i < LENGTH(p->br); i++)
            u->buf.br[i] = p->br[i];
        if (label == LABEL_WATCH) { // was no call
            t = l4_ipc_wait(u, &label, L4_IPC_NEVER);
            continue;
        }
        label = 0;
        t = l4_ipc_reply_and_wait(u, l4_msgtag(0, 0, 0, 0), &label, L4_IPC_SEND_TIMEOUT_0);
        if (l4_msgtag_has_error(t) && !label) // nobody to answer
            t = l4_ipc_wait(u, &label, L4_IPC_NEVER);
    }
}

bool prober_run(l4_cap_idx_t thread)
{
    l4_utcb_t *u = l4_utcb();
    u->buf.bdr = 0;
    u->buf.br[0] = 0;
    l4_msgtag_t t = l4_ipc(thread, u, L4_SYSF_CALL, LABEL_ROOT, l4_msgtag(0, 0, 0, 0), NULL, both_us(60000000));
    return !l4_msgtag_has_error(t);
}
