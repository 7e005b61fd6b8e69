// SPDX-License-Identifier: MIT
#include "server.h"

#include <l4/re/env.h>
#include <l4/sys/kip.h>

struct server server;

uint64_t server_now(void)
{
    return l4_kip_clock(l4_kip());
}

void server_pump(void)
{
    uint64_t due = cons_pump(&server.cons, server_now());
    if (due == MUX_NEVER)
        srv_timer_cancel(&server.srv, &server.timer);
    else
        srv_timer_arm(&server.srv, &server.timer, due);
}

static void timer_expired(struct srv_timer *t)
{
    (void)t;
    server_pump();
}

int server_init(void)
{
    server.timer.expired = timer_expired;
    return srv_init(&server.srv, l4re_env()->main_thread);
}
