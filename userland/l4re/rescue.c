// SPDX-License-Identifier: MIT
#include "rescue.h"

#include <l4/sys/err.h>
#include <stddef.h>
#include <string.h>

int rescue_add(struct rescue_table *t, struct rescue_jump j)
{
    if (j.begin >= j.end)
        return -L4_EINVAL;
    if (t->count == RESCUE_MAX)
        return -L4_ENOMEM;
    t->jump[t->count++] = j;
    return 0;
}

struct rescue_jump const *rescue_find(struct rescue_table const *t, l4_addr_t pc)
{
    for (unsigned i = t->count; i-- > 0;)
        if (pc >= t->jump[i].begin && pc < t->jump[i].end)
            return &t->jump[i];
    return NULL;
}

int rescue_remove(struct rescue_table *t, l4_addr_t pc)
{
    struct rescue_jump const *j = rescue_find(t, pc);
    if (!j)
        return -L4_ENOENT;
    unsigned i = (unsigned)(j - t->jump);
    t->count--;
    memmove(&t->jump[i], &t->jump[i + 1], (t->count - i) * sizeof(t->jump[0]));
    return 0;
}
