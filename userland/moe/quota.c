// SPDX-License-Identifier: MIT
#include "quota.h"

#include <stddef.h>

uint64_t quota_available(struct quota const *q)
{
    uint64_t least = UINT64_MAX;

    for (; q; q = q->parent)
        if (q->limit && q->limit - q->used < least)
            least = q->limit - q->used;
    return least;
}

bool quota_charge(struct quota *q, uint64_t amount)
{
    if (amount > quota_available(q))
        return false;
    for (; q; q = q->parent)
        q->used += amount;
    return true;
}

void quota_uncharge(struct quota *q, uint64_t amount)
{
    for (; q; q = q->parent)
        q->used -= amount < q->used ? amount : q->used;
}

bool quota_reserve(struct quota *q, struct quota *source, uint64_t limit)
{
    if (!quota_charge(source, limit))
        return false;
    *q = (struct quota){ .source = source, .limit = limit };
    return true;
}

void quota_release(struct quota *q)
{
    if (!q->source)
        return;
    quota_uncharge(q->source, q->limit - q->used);
    q->parent = q->source;
    q->source = NULL;
}
