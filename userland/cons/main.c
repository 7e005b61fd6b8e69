// SPDX-License-Identifier: MIT
// Cons: one terminal for many programs.
#include "options.h"
#include "server.h"

#include <l4/re/env.h>
#include <l4/sys/err.h>
#include <stdio.h>
#include <stdlib.h>

static void die(char const *text)
{
    fprintf(stderr, "cons: %s\n", text);
    exit(1);
}

static void open_terminals(struct options const *o)
{
    for (unsigned i = 0; i < o->mux_count; i++) {
        struct mux_options const *m = &o->mux[i];
        char const *what = "";
        struct screen_port *port = frontend_open(i, m->frontend, &what);
        if (!port) {
            fprintf(stderr, "cons: front end '%s' of multiplexer '%s': %s\n", m->frontend, m->name,
                    what);
            exit(1);
        }
        mux_init(&server.cons.mux[i], &server.cons.host, i, m->name, port);
        if (m->autoconnect)
            snprintf(server.cons.mux[i].autoconnect, sizeof server.cons.mux[i].autoconnect, "%s",
                     m->autoconnect);
        server.cons.host.mux_count = i + 1;
    }
}

// A terminal without input is of some use still: it shows what clients print.
static void start_terminals(struct options const *o)
{
    char line[160];
    for (unsigned i = 0; i < o->mux_count; i++) {
        int err = frontend_start(i);
        if (err >= 0)
            continue;
        snprintf(line, sizeof line,
                 "cons: warning: no input from front end '%s': %s (%d); is it log = L4.Env.log?",
                 o->mux[i].frontend, l4sys_errtostr(err), err);
        mux_message(&server.cons.mux[i], line, server_now());
    }
}

int main(int argc, char **argv)
{
    struct options o;
    if (!options_parse(&o, argc, argv))
        die(o.error);
    cons_init(&server.cons);
    server.cons.show_all = o.show_all;
    server.cons.defaults = o.defaults;
    server.cons.release = vcon_client_release;
    l4_cap_idx_t gate = l4re_env_get_cap("cons");
    if (l4_is_invalid_cap(gate))
        die("capability 'cons' is missing: the channel for clients, with :svr()");
    int err = server_init();
    if (err < 0)
        die("cannot set up the server loop");
    machine_init();
    open_terminals(&o);
    mux_message(&server.cons.mux[0], "Console Server: 'help' lists the commands", server_now());
    start_terminals(&o);
    if (factory_serve(gate) < 0)
        die("cannot serve the capability 'cons': was it passed with :svr()?");
    server_pump();
    srv_loop(&server.srv);
}
