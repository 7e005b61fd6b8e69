// SPDX-License-Identifier: MIT
// Device memory of io: fetched from sigma0 when first asked for, kept for ever.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/sys/types.h>

// sigma0: the capability to ask.
void iomem_init(l4_cap_idx_t sigma0);

// Makes [start, end] (whole pages around it) available. *local gets the address of the page of
// `start`; it equals the physical address modulo the largest power of two that matters for the
// size. Returns 0, -L4_ENOMEM, or what sigma0 says.
int iomem_map(uint64_t start, uint64_t end, bool cached, l4_addr_t *local);
