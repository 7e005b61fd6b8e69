// SPDX-License-Identifier: MIT
// Objects that also are an interrupt controller: pins that clients bind their IRQ objects to
// (l4re-protocols 7).
#pragma once

#include <l4/sys/icu.h>
#include <l4/srv/server.h>

L4_BEGIN_DECLS

struct srv_icu_pin {
    l4_cap_idx_t irq; // L4_INVALID_CAP = not bound
    bool owned;
};

struct srv_icu {
    struct srv_icu_pin *pins;
    unsigned n_pins;
    // Told when a client unmasks a pin (also through the ICU), e.g. to signal what is pending. May
    // be NULL.
    void (*unmasked)(struct srv_icu *icu, unsigned pin);
    // Told after a client bound a pin. May be NULL.
    void (*bound)(struct srv_icu *icu, unsigned pin);
};

// `pins` has room for n_pins.
void srv_icu_init(struct srv_icu *icu, struct srv_icu_pin *pins, unsigned n_pins);

// Handle a request with label L4_PROTO_IRQ. Returns the reply's tag or SRV_NO_REPLY.
l4_msgtag_t srv_icu_dispatch(struct srv_icu *icu, struct srv *s, l4_msgtag_t tag, l4_utcb_t *u);

// Trigger the IRQ bound to the pin, if any. Leaves message registers alone.
void srv_icu_trigger(struct srv_icu *icu, unsigned pin);

// Release all IRQs (destroying the object).
void srv_icu_destroy(struct srv_icu *icu);

L4_END_DECLS
