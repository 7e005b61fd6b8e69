// SPDX-License-Identifier: MIT
// kernel/arch/arm64/include/arch/index.h for tests on the build machine: what it means, without the speculation.
#pragma once
#include <stdbool.h>
#include <stdint.h>

static inline bool index_below(uint64_t *index, uint64_t count)
{
    bool below = *index < count;
    if (!below)
        *index = 0;
    return below;
}
