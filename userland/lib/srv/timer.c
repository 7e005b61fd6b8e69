// SPDX-License-Identifier: MIT
#include <l4/re/env.h>
#include <l4/srv/server.h>

void srv_timer_cancel(struct srv *s, struct srv_timer *t)
{
    if (!t->armed)
        return;
    for (struct srv_timer **p = &s->timers; *p; p = &(*p)->next) {
        if (*p == t) {
            *p = t->next;
            break;
        }
    }
    t->armed = false;
    t->next = NULL;
}

void srv_timer_arm(struct srv *s, struct srv_timer *t, l4_uint64_t abs_us)
{
    srv_timer_cancel(s, t);
    struct srv_timer **p = &s->timers;
    while (*p && (*p)->at <= abs_us)
        p = &(*p)->next;
    t->at = abs_us;
    t->next = *p;
    t->armed = true;
    *p = t;
}

l4_uint64_t srv_run_timers(struct srv *s)
{
    if (!s->timers)
        return 0;
    l4_uint64_t now = l4_kip_clock(l4_kip());
    // One round at most: a timer that arms itself for the past must not keep the server from its
    // clients.
    struct srv_timer *due = s->timers, *last = NULL;
    for (struct srv_timer *t = due; t && t->at <= now; t = t->next)
        last = t;
    while (last && s->timers && s->timers->at <= now) {
        struct srv_timer *t = s->timers;
        bool end = t == last;
        srv_timer_cancel(s, t);
        t->expired(t);
        if (end)
            break;
    }
    return s->timers ? (s->timers->at ? s->timers->at : 1) : 0;
}
