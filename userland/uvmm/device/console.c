// SPDX-License-Identifier: MIT
#include "device/console.h"

#include "device/device.h"
#include "log.h"
#include "vm.h"

#include <l4/sys/icu.h>
#include <l4/sys/irq.h>
#include <l4/sys/vcon.h>

struct console_port {
    struct channel *channel;
    l4_cap_idx_t vcon; // of the channel
    struct srv_object irq;
    struct lock lock; // of what follows
    struct console *_Atomic listener;
    struct console *fallback; // listens when a listener that keeps lets go
    bool bound;
    bool has_attr;
    l4_vcon_attr_t attr; // before it was switched to raw mode
    struct console_port *next;
};

static struct console_port *ports;

static l4_msgtag_t irq_dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag,
                                l4_utcb_t *u)
{
    struct console_port *p = (struct console_port *)((char *)o - offsetof(struct console_port,
                                                                          irq));
    struct console *c = p->listener;
    (void)rights;
    (void)tag;
    (void)u;
    if (c)
        c->input(c);
    return SRV_NO_REPLY;
}

static struct srv_ops const irq_ops = {.dispatch = irq_dispatch, .name = "input",
                                       .proto = L4_PROTO_IRQ};

static struct console_port *find_port(struct channel const *channel)
{
    for (struct console_port *p = ports; p; p = p->next)
        if (p->channel == channel)
            return p;
    return NULL;
}

void console_open(struct console *c, l4_cap_idx_t vcon, char const *device,
                  void (*input)(struct console *c))
{
    l4_vcon_attr_t raw = {0};
    struct channel *channel = channel_open(vcon);
    struct console_port *p = find_port(channel);
    c->channel = channel;
    c->input = input;
    c->device = device;
    c->port = p;
    if (p)
        return;
    c->port = p = device_alloc(sizeof(*p));
    p->channel = channel;
    p->vcon = channel->vcon;
    p->irq.ops = &irq_ops;
    p->next = ports;
    ports = p;
    lock_init(&p->lock);
    int err = srv_register_irq(&vm.events, &p->irq);
    if (err)
        fatal("%s: cannot create an IRQ object: error %d", device, err);
    p->has_attr = l4_error(l4_vcon_get_attr(p->vcon, &p->attr)) >= 0;
    if (l4_error(l4_vcon_set_attr(p->vcon, &raw)) < 0)
        log_info("%s: cannot switch its console to raw mode", device);
}

static long bind_irq(struct console_port *p)
{
    long r = l4_error(l4_icu_bind(p->vcon, 0, p->irq.cap));
    if (r == 1)
        l4_icu_unmask(p->vcon, 0, NULL, L4_IPC_NEVER);
    else if (r == 0)
        l4_irq_unmask(p->irq.cap);
    return r;
}

void console_listen(struct console *c)
{
    struct console_port *p = c->port;
    long r = 0;
    lock_acquire(&p->lock);
    struct console *old = p->listener;
    if (!c->keeps)
        p->fallback = c;
    if (c->keeps || !old || !old->keeps)
        p->listener = c;
    if (!p->bound) {
        r = bind_irq(p);
        p->bound = r >= 0;
    }
    lock_release(&p->lock);
    if (r < 0)
        log_warn("%s: its console gives no input (error %ld); use the kernel's console or cons",
                 c->device, r);
    console_poke(c); // what came in before
}

void console_release(struct console *c)
{
    struct console_port *p = c->port;
    lock_acquire(&p->lock);
    bool mine = p->listener == c && p->fallback;
    if (mine)
        p->listener = p->fallback;
    lock_release(&p->lock);
    if (mine)
        console_poke(c);
}

unsigned console_read(struct console *c, char *buf, unsigned size, bool *more)
{
    unsigned n = 0;
    *more = false;
    while (c->port->bound) {
        if (n == size) {
            *more = true; // perhaps; whoever makes room asks again
            break;
        }
        long r = l4_vcon_read_with_flags(c->port->vcon, buf + n, size - n);
        if (r < 0)
            break;
        n += (unsigned)(r & L4_VCON_READ_SIZE_MASK);
        if ((r & L4_VCON_READ_STAT_DONE) || !(r & L4_VCON_READ_SIZE_MASK))
            break;
    }
    return n;
}

void console_poke(struct console *c)
{
    if (c->port->bound)
        l4_irq_trigger(c->port->irq.cap);
}

void console_restore_all(void)
{
    for (struct console_port *p = ports; p; p = p->next)
        if (p->has_attr)
            l4_vcon_set_attr(p->vcon, &p->attr);
}
