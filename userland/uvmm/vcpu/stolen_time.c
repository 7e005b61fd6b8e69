// SPDX-License-Identifier: MIT
#include "vcpu/stolen_time.h"

void stolen_time_sleep(struct stolen_time *s, uint64_t since, uint64_t deadline, uint64_t now)
{
    uint64_t end = deadline < now ? deadline : now;
    if (end > since)
        s->slept += end - since;
}

uint64_t stolen_time_sum(struct stolen_time *s, uint64_t now, uint64_t consumed)
{
    int64_t stolen = (int64_t)(now - s->begin - (consumed - s->consumed) - s->slept);
    if (stolen > (int64_t)s->told)
        s->told = (uint64_t)stolen;
    return s->told;
}
