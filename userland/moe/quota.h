// SPDX-License-Identifier: MIT
// Memory quota: what is charged to a factory is charged to all factories that it came from. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct quota {
    struct quota *parent; // NULL for the root
    uint64_t limit;       // bytes, 0 = no limit
    uint64_t used;
};

// Reserve bytes up the chain. Returns false, and charges nobody, when one limit would be exceeded.
bool quota_charge(struct quota *q, uint64_t bytes);

// Give back what was charged.
void quota_uncharge(struct quota *q, uint64_t bytes);

// Bytes that can still be charged; UINT64_MAX when nothing limits.
uint64_t quota_available(struct quota const *q);
