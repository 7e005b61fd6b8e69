// SPDX-License-Identifier: MIT
#include "vicu.h"

#include <stdio.h>

#include <l4/sys/icu.h>

enum { IRQS_MAX = 1020 };  // of a GIC

static l4_cap_idx_t kernel_icu = L4_INVALID_CAP;
static unsigned n_irqs;
static struct bus const *bound_by[IRQS_MAX];  // who bound an interrupt last

void vicu_init(l4_cap_idx_t icu)
{
    l4_icu_info_t info;
    kernel_icu = icu;
    if (l4_is_invalid_cap(icu) || l4_error(l4_icu_info(icu, &info)) < 0)
        return;
    n_irqs = info.nr_irqs < IRQS_MAX ? info.nr_irqs : IRQS_MAX;
}

char const *vicu_check(uint64_t first, uint64_t last)
{
    static char text[96];
    if (l4_is_invalid_cap(kernel_icu))
        return "io has no capability 'icu'";
    if (last < first || last >= n_irqs) {
        snprintf(text, sizeof(text), "the machine has interrupts 0 to %u (SPI n is 32 + n)",
                 n_irqs ? n_irqs - 1 : 0);
        return text;
    }
    return NULL;
}

static struct vicu *of(struct srv_object *o)
{
    return (struct vicu *)((char *)o - offsetof(struct vicu, object));
}

// The client's IRQ object is bound to the pin itself: from then on io has no part in its
// interrupts.
static long bind_irq(struct vicu *v, l4vbus_resource_t const *r, unsigned irq, l4_cap_idx_t obj)
{
    if (r->flags) {
        long err = l4_error(l4_icu_set_mode(kernel_icu, irq, r->flags));
        if (err < 0)
            printf("%s: interrupt %u: mode 0x%x is refused: %s\n", v->bus->name, irq, r->flags,
                   l4sys_errtostr(err));
    }
    long err = l4_error(l4_icu_bind(kernel_icu, irq, obj));
    // The kernel knows best whether the pin is free: a client that died has left it.
    if (err == -L4_EINVAL && bound_by[irq]) {
        bool same = bound_by[irq] == v->bus;
        printf("%s: interrupt %u is bound already%s%s, chaining not supported\n", v->bus->name, irq,
               same ? "" : " by bus ", same ? "" : bound_by[irq]->name);
        return same ? -L4_EPERM : -L4_EBUSY;
    }
    if (err < 0)
        printf("%s: interrupt %u cannot be bound: %s\n", v->bus->name, irq, l4sys_errtostr(err));
    else
        bound_by[irq] = v->bus;
    return err;
}

static long set_mode(struct vicu *v, l4vbus_resource_t const *r, unsigned irq, unsigned mode)
{
    if (!r->flags)
        return l4_error(l4_icu_set_mode(kernel_icu, irq, mode));
    if (r->flags != (mode | L4_IRQ_F_SET_MODE))
        printf("%s: Changing type of IRQ %u from 0x%x to 0x%x prohibited\n", v->bus->name, irq,
               r->flags, mode);
    return 0;
}

static l4_msgtag_t send_info(l4_utcb_t *u)
{
    struct msg_out out;
    msg_out_init(&out, u);
    msg_put_u32(&out, 0);  // no MSIs
    msg_put_u32(&out, n_irqs);
    msg_put_u32(&out, 0);
    return msg_reply(&out, 0);
}

static l4_msgtag_t dispatch(struct srv_object *o, unsigned rights, l4_msgtag_t tag, l4_utcb_t *u)
{
    (void)rights;
    struct vicu *v = of(o);
    if (l4_msgtag_label(tag) != L4_PROTO_IRQ)
        return msg_reply_err(-L4_EBADPROTO);

    struct msg_in in;
    msg_in_init(&in, u, tag);
    unsigned op = (unsigned)msg_get_u64(&in) & 0xffff;
    if (in.err)
        return msg_reply_err(in.err);
    if (op == L4_ICU_INFO_OP)
        return send_info(u);

    bool send_only = op == L4_ICU_MASK_OP || op == L4_ICU_UNMASK_OP;
    unsigned irq = (unsigned)msg_get_u64(&in);
    l4vbus_resource_t const *r =
        irq < n_irqs ? bus_find_resource(v->bus, L4VBUS_RESOURCE_IRQ, irq) : NULL;
    if (in.err || !r)
        return send_only ? SRV_NO_REPLY : msg_reply_err(in.err ? in.err : -L4_ENOENT);

    l4_cap_idx_t obj;
    unsigned mode;
    switch (op) {
    case L4_ICU_BIND_OP:
    case L4_ICU_UNBIND_OP:
        obj = msg_get_cap(&in);
        if (l4_is_invalid_cap(obj))
            return msg_reply_err(-L4_EMSGMISSARG);
        if (op == L4_ICU_BIND_OP)
            return msg_reply_err(bind_irq(v, r, irq, obj));
        return msg_reply_err(l4_error(l4_icu_unbind(kernel_icu, irq, obj)));
    case L4_ICU_SET_MODE_OP:
        mode = (unsigned)msg_get_u64(&in);
        return msg_reply_err(in.err ? in.err : set_mode(v, r, irq, mode));
    case L4_ICU_MASK_OP:
        l4_icu_mask(kernel_icu, irq, NULL, L4_IPC_NEVER);
        return SRV_NO_REPLY;
    case L4_ICU_UNMASK_OP:
        l4_icu_unmask(kernel_icu, irq, NULL, L4_IPC_NEVER);
        return SRV_NO_REPLY;
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

static struct srv_ops const ops = {
    .dispatch = dispatch,
    .name = "L4::Icu",
    .proto = L4_PROTO_IRQ,
};

int vicu_create(struct vicu *v, struct srv *srv, struct bus const *bus)
{
    v->object.ops = &ops;
    v->bus = bus;
    return srv_register(srv, &v->object);
}
