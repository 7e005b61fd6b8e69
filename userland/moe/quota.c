// SPDX-License-Identifier: MIT
#include "quota.h"

uint64_t quota_available(struct quota const *q)
{
    uint64_t least = UINT64_MAX;

    for (; q; q = q->parent)
        if (q->limit && q->limit - q->used < least)
            least = q->limit - q->used;
    return least;
}

bool quota_charge(struct quota *q, uint64_t bytes)
{
    if (bytes > quota_available(q))
        return false;
    for (; q; q = q->parent)
        q->used += bytes;
    return true;
}

void quota_uncharge(struct quota *q, uint64_t bytes)
{
    for (; q; q = q->parent)
        q->used -= bytes < q->used ? bytes : q->used;
}
