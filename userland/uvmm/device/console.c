// SPDX-License-Identifier: MIT
#include "device/console.h"

#include "device/device.h"
#include "vcpu/fp.h"
#include "log.h"
#include "vm.h"

#include <l4/sys/icu.h>
#include <l4/sys/irq.h>
#include <l4/sys/kip.h>
#include <l4/sys/vcon.h>

enum { OUT_SIZE = 240, OUT_WAIT_US = 1000 }; // a long line

struct console_port {
    l4_cap_idx_t vcon;
    struct srv_object irq;
    struct lock lock; // of what follows
    struct console *_Atomic listener;
    struct console *fallback; // listens when a listener that keeps lets go
    bool bound;
    bool has_attr;
    l4_vcon_attr_t attr; // before it was switched to raw mode
    struct console_port *next;

    struct lock out_lock; // of what follows, and of the order of what is written
    char out[OUT_SIZE];   // single characters on their way
    unsigned out_count;
    struct srv_object out_begun; // tells the main thread of the first one
    struct srv_timer out_timer;
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

// ---- output, a character at a time ----

// With the lock held.
static void send_out(struct console_port *p)
{
    if (!p->out_count)
        return;
    fp_protect(); // memcpy
    l4_vcon_write(p->vcon, p->out, p->out_count);
    p->out_count = 0;
}

static void send_rest(struct srv_timer *t)
{
    struct console_port *p = (struct console_port *)((char *)t - offsetof(struct console_port, out_timer));
    lock_acquire(&p->out_lock);
    send_out(p);
    lock_release(&p->out_lock);
}

static l4_msgtag_t out_begun(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct console_port *p = (struct console_port *)((char *)o - offsetof(struct console_port, out_begun));
    (void)rights;
    (void)tag;
    (void)u;
    if (!p->out_timer.armed)
        srv_timer_arm(&vm.events, &p->out_timer, l4_kip_clock(l4_kip()) + OUT_WAIT_US);
    return SRV_NO_REPLY;
}

static struct srv_ops const out_ops = {.dispatch = out_begun, .name = "output", .proto = L4_PROTO_IRQ};

void console_put(struct console *c, char ch)
{
    struct console_port *p = c->port;
    lock_acquire(&p->out_lock);
    p->out[p->out_count++] = ch;
    bool first = p->out_count == 1;
    if (ch == '\n' || p->out_count == OUT_SIZE)
        send_out(p);
    bool begun = first && p->out_count;
    lock_release(&p->out_lock);
    if (begun)
        l4_irq_trigger(p->out_begun.cap);
}

static struct console_port *find_port(l4_cap_idx_t vcon)
{
    for (struct console_port *p = ports; p; p = p->next)
        if (p->vcon == vcon)
            return p;
    return NULL;
}

void console_open(struct console *c, l4_cap_idx_t vcon, char const *device,
                  void (*input)(struct console *c))
{
    l4_vcon_attr_t raw = {0};
    struct console_port *p = find_port(vcon);
    c->input = input;
    c->device = device;
    c->port = p;
    if (p)
        return;
    c->port = p = device_alloc(sizeof(*p));
    p->vcon = vcon;
    p->irq.ops = &irq_ops;
    p->next = ports;
    ports = p;
    lock_init(&p->lock);
    lock_init(&p->out_lock);
    p->out_begun.ops = &out_ops;
    p->out_timer.expired = send_rest;
    int err = srv_register_irq(&vm.events, &p->irq);
    if (!err)
        err = srv_register_irq(&vm.events, &p->out_begun);
    if (err)
        fatal("%s: cannot create an IRQ object: error %d", device, err);
    p->has_attr = l4_error(l4_vcon_get_attr(vcon, &p->attr)) >= 0;
    if (l4_error(l4_vcon_set_attr(vcon, &raw)) < 0)
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

void console_write(struct console *c, char const *buf, unsigned size)
{
    lock_acquire(&c->port->out_lock);
    send_out(c->port); // what came before
    fp_protect(); // memcpy
    l4_vcon_write(c->port->vcon, buf, size);
    lock_release(&c->port->out_lock);
}

void console_poke(struct console *c)
{
    if (c->port->bound)
        l4_irq_trigger(c->port->irq.cap);
}

void console_restore_all(void)
{
    for (struct console_port *p = ports; p; p = p->next) {
        send_rest(&p->out_timer);
        if (p->has_attr)
            l4_vcon_set_attr(p->vcon, &p->attr);
    }
}
