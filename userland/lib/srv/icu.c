// SPDX-License-Identifier: MIT
#include <l4/srv/icu.h>
#include <l4/re/cap_alloc.h>
#include <l4/sys/irq.h>

void srv_icu_init(struct srv_icu *icu, struct srv_icu_pin *pins, unsigned n_pins)
{
    icu->pins = pins;
    icu->n_pins = n_pins;
    icu->unmasked = NULL;
    icu->bound = NULL;
    for (unsigned i = 0; i < n_pins; i++)
        pins[i] = (struct srv_icu_pin){L4_INVALID_CAP, false};
}

static void icu_pin_release(struct srv_icu_pin *p)
{
    if (p->owned)
        l4re_util_cap_free_um(p->irq);
    *p = (struct srv_icu_pin){L4_INVALID_CAP, false};
}

static l4_msgtag_t icu_bind(struct srv_icu *icu, struct srv *s, struct msg_in *in, unsigned pin)
{
    struct msg_item item;
    bool owned;
    if (!msg_get_item(in, &item))
        return msg_reply_err(-L4_EMSGMISSARG);
    l4_cap_idx_t irq = srv_item_keep(s, &item, &owned);
    if (l4_is_invalid_cap(irq))
        return msg_reply_err(-L4_EINVAL);
    icu_pin_release(&icu->pins[pin]);
    icu->pins[pin] = (struct srv_icu_pin){irq, owned};
    if (icu->bound)
        icu->bound(icu, pin);
    return msg_reply_err(0); // unmask through the IRQ object
}

static l4_msgtag_t icu_info(struct srv_icu *icu, l4_utcb_t *u)
{
    struct msg_out out;
    msg_out_init(&out, u);
    msg_put_u32(&out, 0); // no MSIs
    msg_put_u32(&out, icu->n_pins);
    msg_put_u32(&out, 0);
    return msg_reply(&out, 0);
}

l4_msgtag_t srv_icu_dispatch(struct srv_icu *icu, struct srv *s, l4_msgtag_t tag, l4_utcb_t *u)
{
    struct msg_in in;
    msg_in_init(&in, u, tag);
    unsigned op = (unsigned)msg_get_u64(&in);
    if (in.err)
        return msg_reply_err(in.err);
    if (op == L4_ICU_INFO_OP)
        return icu_info(icu, u);

    l4_uint64_t pin = msg_get_u64(&in) & 0xffffffff;
    bool send_only = op == L4_ICU_UNMASK_OP || op == L4_ICU_MASK_OP;
    if (in.err || pin >= icu->n_pins)
        return send_only ? SRV_NO_REPLY : msg_reply_err(in.err ? in.err : -L4_ERANGE);

    switch (op) {
    case L4_ICU_BIND_OP:
        return icu_bind(icu, s, &in, (unsigned)pin);
    case L4_ICU_UNBIND_OP:
        icu_pin_release(&icu->pins[pin]);
        return msg_reply_err(0);
    case L4_ICU_UNMASK_OP:
        if (icu->unmasked)
            icu->unmasked(icu, (unsigned)pin);
        return SRV_NO_REPLY;
    case L4_ICU_MASK_OP:
        return SRV_NO_REPLY;
    default:
        return msg_reply_err(-L4_ENOSYS);
    }
}

void srv_icu_trigger(struct srv_icu *icu, unsigned pin)
{
    if (pin < icu->n_pins && l4_is_valid_cap(icu->pins[pin].irq))
        l4_irq_trigger(icu->pins[pin].irq);
}

void srv_icu_destroy(struct srv_icu *icu)
{
    for (unsigned i = 0; i < icu->n_pins; i++)
        icu_pin_release(&icu->pins[i]);
}
