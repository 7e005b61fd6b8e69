// SPDX-License-Identifier: MIT
#include "cons.h"

#include "command.h"

#include <stdio.h>
#include <string.h>

#define DEAD_UNSEEN_MAX 4 // dead clients of one owner kept for the sake of output that nobody saw

static bool is_connected(struct cons const *cons, struct client const *c)
{
    for (unsigned i = 0; i < cons->host.mux_count; i++)
        if (cons->mux[i].connected == c)
            return true;
    return false;
}

static bool has_unseen_output(struct cons const *cons, struct client const *c)
{
    for (unsigned i = 0; i < cons->host.mux_count; i++)
        if (c->view[i].pos == c->out.end)
            return false;
    return c->out.end != 0;
}

static void remove_client(struct cons *cons, struct client *c)
{
    clients_remove(&cons->host.clients, c);
    for (unsigned i = 0; i < cons->host.mux_count; i++)
        if (cons->mux[i].screen.owner == c)
            screen_newline(&cons->mux[i].screen);
    cons->release(c);
}

static void drop_if_dead(struct mux_host *h, struct client *c)
{
    struct cons *cons = (struct cons *)((char *)h - offsetof(struct cons, host));
    if (c->dead && !c->opt.keep && !is_connected(cons, c))
        remove_client(cons, c);
}

// A crashed program's last words are worth more than a little memory, but not without limit, and not
// at the cost of somebody else's.
static void limit_dead(struct cons *cons, void const *owner)
{
    unsigned dead = 0;
    struct client *oldest = NULL;
    for (struct client *c = cons->host.clients.first; c; c = c->next)
        if (c->dead && c->owner == owner && !c->opt.keep && !is_connected(cons, c)) {
            if (!oldest)
                oldest = c;
            dead++;
        }
    if (dead > DEAD_UNSEEN_MAX)
        remove_client(cons, oldest);
}

static void announce(struct cons *cons, struct client *c, uint64_t now)
{
    char name[CLIENT_TAG_MAX + 16], line[224], warning[64] = "";
    client_name(c, name, sizeof name);
    if (clients_key_taken(&cons->host.clients, c))
        snprintf(warning, sizeof warning, "; warning: several consoles have the key '%c'",
                 c->opt.key);
    if (clients_tag_taken(&cons->host.clients, c))
        snprintf(line, sizeof line, "cons: warning: a further console '%s', to be named %s%s",
                 c->opt.tag, name, warning);
    else if (c->opt.key)
        snprintf(line, sizeof line, "cons: console '%s', Ctrl-E %c connects to it%s", name,
                 c->opt.key, warning);
    else
        return;
    for (unsigned i = 0; i < cons->host.mux_count; i++)
        mux_message(&cons->mux[i], line, now);
}

void cons_init(struct cons *cons)
{
    memset(cons, 0, sizeof(*cons));
    cons->host.mux = cons->mux;
    cons->host.drop_if_dead = drop_if_dead;
    cons->host.run_line = command_run;
    cons->host.complete_line = command_complete;
}

void cons_add_client(struct cons *cons, struct client *c, uint64_t now)
{
    clients_add(&cons->host.clients, c);
    announce(cons, c, now);
    for (unsigned i = 0; i < cons->host.mux_count; i++) {
        struct mux *m = &cons->mux[i];
        bool last = i + 1 == cons->host.mux_count;
        c->view[i].shown = !c->opt.hide && (cons->show_all || (c->opt.show && last));
        // A program that is started again finds the terminal that its predecessor had.
        bool again = m->connected && m->connected->dead &&
                     strcmp(m->connected->opt.tag, c->opt.tag) == 0;
        if (again || (!m->connected && m->autoconnect[0] && client_is_named(c, m->autoconnect)))
            mux_connect(m, c);
    }
}

void cons_client_gone(struct cons *cons, struct client *c)
{
    void const *owner = c->owner;
    c->dead = true;
    c->last_write = 0; // an unfinished last line needs no more waiting
    c->input_ready = NULL;
    if (!has_unseen_output(cons, c))
        drop_if_dead(&cons->host, c);
    limit_dead(cons, owner);
}

uint64_t cons_pump(struct cons *cons, uint64_t now)
{
    uint64_t due = MUX_NEVER;
    for (unsigned i = 0; i < cons->host.mux_count; i++) {
        uint64_t d = mux_pump(&cons->mux[i], now);
        if (d < due)
            due = d;
    }
    return due;
}
