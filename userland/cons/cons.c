// SPDX-License-Identifier: MIT
#include "cons.h"

#include <string.h>

#define DEAD_UNSEEN_MAX 4 // dead clients kept for the sake of output that nobody saw

static bool is_connected(struct cons const *cons, struct client const *c)
{
    for (unsigned i = 0; i < cons->mux_count; i++)
        if (cons->mux[i].connected == c)
            return true;
    return false;
}

static bool has_unseen_output(struct cons const *cons, struct client const *c)
{
    for (unsigned i = 0; i < cons->mux_count; i++)
        if (c->view[i].pos == c->out.end)
            return false;
    return c->out.end != 0;
}

static void remove_client(struct cons *cons, struct client *c)
{
    clients_remove(&cons->clients, c);
    for (unsigned i = 0; i < cons->mux_count; i++)
        if (cons->mux[i].screen.owner == c)
            screen_newline(&cons->mux[i].screen);
    cons->release(c);
}

void cons_drop_if_dead(struct cons *cons, struct client *c)
{
    if (c->dead && !c->opt.keep && !is_connected(cons, c))
        remove_client(cons, c);
}

// A crashed program's last words are worth more than a little memory, but not without limit.
static void limit_dead(struct cons *cons)
{
    unsigned dead = 0;
    struct client *oldest = NULL;
    for (struct client *c = cons->clients.first; c; c = c->next)
        if (c->dead && !c->opt.keep && !is_connected(cons, c)) {
            if (!oldest)
                oldest = c;
            dead++;
        }
    if (dead > DEAD_UNSEEN_MAX)
        remove_client(cons, oldest);
}

void cons_add_client(struct cons *cons, struct client *c)
{
    clients_add(&cons->clients, c);
    for (unsigned i = 0; i < cons->mux_count; i++) {
        struct mux *m = &cons->mux[i];
        bool last = i + 1 == cons->mux_count;
        c->view[i].shown = !c->opt.hide && (cons->show_all || (c->opt.show && last));
        if (!m->connected && m->autoconnect[0] && client_is_named(c, m->autoconnect))
            mux_connect(m, c);
    }
}

void cons_client_gone(struct cons *cons, struct client *c)
{
    c->dead = true;
    c->last_write = 0; // an unfinished last line needs no more waiting
    c->input_ready = NULL;
    if (!has_unseen_output(cons, c))
        cons_drop_if_dead(cons, c);
    limit_dead(cons);
}

uint64_t cons_pump(struct cons *cons, uint64_t now)
{
    uint64_t due = MUX_NEVER;
    for (unsigned i = 0; i < cons->mux_count; i++) {
        uint64_t d = mux_pump(&cons->mux[i], now);
        if (d < due)
            due = d;
    }
    return due;
}
