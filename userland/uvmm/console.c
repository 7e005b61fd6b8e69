// SPDX-License-Identifier: MIT
#include "console.h"

#include "fp.h"
#include "log.h"
#include "vm.h"

#include <l4/sys/icu.h>
#include <l4/sys/irq.h>

static struct console *consoles;

static l4_msgtag_t irq_dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct console *c = (struct console *)((char *)o - offsetof(struct console, irq));
    (void)rights;
    (void)tag;
    (void)u;
    c->input(c);
    return SRV_NO_REPLY;
}

static struct srv_ops const irq_ops = {.dispatch = irq_dispatch, .name = "input", .proto = L4_PROTO_IRQ};

static void bind_input(struct console *c, char const *device)
{
    int err = srv_register_irq(&vm.events, &c->irq);
    if (err)
        fatal("%s: cannot create an IRQ object: error %d", device, err);
    long r = l4_error(l4_icu_bind(c->vcon, 0, c->irq.cap));
    if (r < 0) {
        log_warn("%s: its console gives no input (error %ld); use the kernel's console or cons",
                 device, r);
        return;
    }
    c->has_input = true;
    if (r == 1)
        l4_icu_unmask(c->vcon, 0, NULL, L4_IPC_NEVER);
    else
        l4_irq_unmask(c->irq.cap);
    console_poke(c); // what came in before
}

void console_open(struct console *c, l4_cap_idx_t vcon, char const *device,
                  void (*input)(struct console *c))
{
    l4_vcon_attr_t raw = {0};
    c->vcon = vcon;
    c->input = input;
    c->irq.ops = &irq_ops;
    c->next = consoles;
    consoles = c;
    c->has_attr = l4_error(l4_vcon_get_attr(vcon, &c->attr)) >= 0;
    if (l4_error(l4_vcon_set_attr(vcon, &raw)) < 0)
        log_info("%s: cannot switch its console to raw mode", device);
    bind_input(c, device);
}

unsigned console_read(struct console *c, char *buf, unsigned size, bool *more)
{
    unsigned n = 0;
    *more = false;
    while (c->has_input) {
        if (n == size) {
            *more = true; // perhaps; whoever makes room asks again
            break;
        }
        long r = l4_vcon_read_with_flags(c->vcon, buf + n, size - n);
        if (r < 0)
            break;
        n += (unsigned)(r & L4_VCON_READ_SIZE_MASK);
        if (r & L4_VCON_READ_STAT_DONE)
            break;
        if (!(r & L4_VCON_READ_SIZE_MASK))
            break;
    }
    return n;
}

void console_write(struct console *c, char const *buf, unsigned size)
{
    fp_protect();
    l4_vcon_write(c->vcon, buf, size);
}

void console_poke(struct console *c)
{
    if (c->has_input)
        l4_irq_trigger(c->irq.cap);
}

void console_restore_all(void)
{
    for (struct console *c = consoles; c; c = c->next)
        if (c->has_attr)
            l4_vcon_set_attr(c->vcon, &c->attr);
}
