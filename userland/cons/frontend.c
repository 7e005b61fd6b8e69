// SPDX-License-Identifier: MIT
// A terminal: a vcon capability with input interrupt, the kernel's console above all.
#include "server.h"

#include <l4/re/env.h>
#include <l4/sys/icu.h>
#include <l4/sys/irq.h>
#include <l4/sys/vcon.h>
#include <string.h>

struct frontend {
    struct srv_object irq;
    struct screen_port port;
    l4_cap_idx_t vcon;
    unsigned index;
    char pending[L4_VCON_READ_SIZE]; // read, not yet given to the multiplexer
    size_t num_pending;
};

static struct frontend frontends[MUX_MAX];

static struct frontend *of_port(struct screen_port *port)
{
    return (struct frontend *)((char *)port - offsetof(struct frontend, port));
}

static void port_write(struct screen_port *port, char const *data, size_t n)
{
    l4_vcon_write(of_port(port)->vcon, data, (unsigned)n);
}

// Reads what fits behind the pending input. Returns false when nothing more is waiting.
static bool read_more(struct frontend *f)
{
    size_t room = sizeof f->pending - f->num_pending;
    if (!room)
        return true;
    long got = l4_vcon_read_with_flags(f->vcon, f->pending + f->num_pending, (unsigned)room);
    if (got < 0)
        return false;
    f->num_pending += got & L4_VCON_READ_SIZE_MASK;
    return !(got & L4_VCON_READ_STAT_DONE);
}

static bool port_input_pending(struct screen_port *port)
{
    struct frontend *f = of_port(port);
    read_more(f);
    return f->num_pending != 0;
}

static void deliver(struct frontend *f)
{
    char data[sizeof f->pending];
    size_t n = f->num_pending;
    memcpy(data, f->pending, n); // a command that runs meanwhile may read more
    f->num_pending = 0;
    mux_input(&server.cons.mux[f->index], data, n, server_now());
}

static l4_msgtag_t irq_dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag,
                                l4_utcb_t *u)
{
    (void)rights, (void)tag, (void)u;
    struct frontend *f = (struct frontend *)o;
    l4_irq_unmask(f->irq.cap);
    bool more;
    do {
        more = read_more(f);
        deliver(f);
    } while (more || f->num_pending);
    server_pump();
    return SRV_NO_REPLY;
}

static struct srv_ops const irq_ops = {.dispatch = irq_dispatch, .name = "L4::Irq",
                                       .proto = L4_PROTO_IRQ};

struct screen_port *frontend_open(unsigned index, char const *name, char const **what)
{
    struct frontend *f = &frontends[index];
    l4_vcon_attr_t raw = {0, 0, 0};
    f->index = index;
    f->vcon = l4re_env_get_cap(name);
    if (l4_is_invalid_cap(f->vcon) && strcmp(name, "log") == 0)
        f->vcon = l4re_env()->log;
    if (l4_is_invalid_cap(f->vcon)) {
        *what = "there is no such capability";
        return NULL;
    }
    f->port.write = port_write;
    f->port.input_pending = port_input_pending;
    // Some consoles insist on adding the CR: get_attr tells.
    l4_vcon_set_attr(f->vcon, &raw);
    l4_vcon_attr_t attr = raw;
    if (l4_error(l4_vcon_get_attr(f->vcon, &attr)) >= 0)
        f->port.adds_cr = (attr.o_flags & L4_VCON_ONLCR) != 0;
    return &f->port;
}

int frontend_start(unsigned index)
{
    struct frontend *f = &frontends[index];
    f->irq.ops = &irq_ops;
    int err = srv_register_irq(&server.srv, &f->irq);
    if (err < 0)
        return err;
    long bound = l4_error(l4_icu_bind(f->vcon, 0, f->irq.cap));
    if (bound < 0)
        return (int)bound;
    if (bound == 1)
        l4_icu_unmask(f->vcon, 0, NULL, L4_IPC_NEVER);
    else
        l4_irq_unmask(f->irq.cap);
    l4_irq_trigger(f->irq.cap); // for what was typed before
    return 0;
}
