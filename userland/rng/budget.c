// SPDX-License-Identifier: MIT
#include "budget.h"

enum { SECOND = 1000000 };

void budget_init(struct budget *b, uint32_t rate, uint64_t now)
{
    *b = (struct budget){ .rate = rate, .at = now, .credit = (uint64_t)rate * SECOND };
}

uint64_t budget_take(struct budget *b, uint32_t bytes, uint64_t now)
{
    uint64_t const full = (uint64_t)b->rate * SECOND, wanted = (uint64_t)bytes * SECOND;
    uint64_t const passed = now - b->at;
    if (passed >= SECOND || full - b->credit <= passed * b->rate)
        b->credit = full;
    else
        b->credit += passed * b->rate;
    b->at = now;
    if (b->credit < wanted)
        return (wanted - b->credit + b->rate - 1) / b->rate;
    b->credit -= wanted;
    return 0;
}
