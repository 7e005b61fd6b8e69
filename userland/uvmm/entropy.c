// SPDX-License-Identifier: MIT
#include "entropy.h"

#include "log.h"

#include <l4/rng/rng.h>
#include <l4/sys/err.h>

enum { RETRY_US = 1000000 }; // of a server that does not answer

bool entropy_works(l4_cap_idx_t cap)
{
    long r = l4rng_info(cap);
    if (r == -L4_ENODEV)
        log_warn("random numbers: the machine has no source of entropy");
    else if (r < 0)
        log_warn("random numbers: their server does not answer: error %ld", r);
    return r >= 0;
}

int entropy_get(l4_cap_idx_t cap, void *to, unsigned size, uint64_t *wait_us)
{
    static atomic_uint said;
    int r = l4rng_get(cap, to, size, wait_us);
    if (r < 0 && r != -L4_EAGAIN) {
        *wait_us = RETRY_US;
        log_limited(&said, LOG_WARN, "random numbers: their server fails: error %d", r);
    }
    return r;
}
