// SPDX-License-Identifier: MIT
// Quotas of one resource. What is charged to a quota is charged to all that are above it. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct quota {
    struct quota *parent; // charged with the same, NULL = nobody is
    struct quota *source; // where the whole limit was taken from, NULL = nowhere
    uint64_t limit;       // 0 = no limit
    uint64_t used;
};

// Charge an amount up the chain. Returns false, and charges nobody, when one limit would be exceeded.
bool quota_charge(struct quota *q, uint64_t amount);

// Give back what was charged.
void quota_uncharge(struct quota *q, uint64_t amount);

// What can still be charged; UINT64_MAX when nothing limits.
uint64_t quota_available(struct quota const *q);

// Make *q a quota whose limit is taken from `source` now, whether or not it is ever used. Returns
// false when `source` has not that much left.
bool quota_reserve(struct quota *q, struct quota *source, uint64_t limit);

// End the reservation: what is not used goes back to the source, which is from now on charged for
// all that *q is still charged for. Nothing happens the second time.
void quota_release(struct quota *q);
