// SPDX-License-Identifier: MIT
// The controllers of a bus of io.
#pragma once

#include <stdbool.h>

#include <l4/srv/server.h>

#include "sdhci.h"

struct sd_slot {
    struct sd_regs *regs;
    struct sdhci_kind const *kind;
    char place[20];   // "0x12340000"
    l4_umword_t irq, irq_mode;
};

struct sd_bus {
    l4_cap_idx_t vbus, vicu;
};

// Opens the bus that the program's capability `vbus` is. False, with a message.
bool sd_bus_open(struct sd_bus *b);

// Calls found() for each controller that a driver knows. Says what is wrong with those that cannot be used.
void sd_bus_scan(struct sd_bus *b, void (*found)(void *ctx, struct sd_slot const *s), void *ctx);

// Has its interrupt come to an object, which registers with the server. Unmasked; 0 or a negative error code.
int sd_bus_bind(struct sd_bus *b, struct sd_slot const *s, struct srv *srv, struct srv_object *irq);
