// SPDX-License-Identifier: MIT
#include <l4/region/rescue.h>

#include <l4/sys/err.h>
#include <l4/sys/utcb.h>
#include <stddef.h>
#include <string.h>

int rescue_add(struct rescue_table *t, struct rescue_jump j)
{
    if (j.begin >= j.end)
        return -L4_EINVAL;
    if (t->count == t->capacity)
        return -L4_ENOMEM;
    t->jump[t->count++] = j;
    return 0;
}

struct rescue_jump const *rescue_find(struct rescue_table const *t, uint64_t pc)
{
    for (unsigned i = t->count; i-- > 0;)
        if (pc >= t->jump[i].begin && pc < t->jump[i].end)
            return &t->jump[i];
    return NULL;
}

int rescue_remove(struct rescue_table *t, uint64_t pc)
{
    struct rescue_jump const *j = rescue_find(t, pc);
    if (!j)
        return -L4_ENOENT;
    unsigned i = (unsigned)(j - t->jump);
    t->count--;
    memmove(&t->jump[i], &t->jump[i + 1], (t->count - i) * sizeof(t->jump[0]));
    return 0;
}

bool rescue_reply(struct rescue_table const *t, l4_utcb_t *u, l4_msgtag_t *reply)
{
    struct rescue_jump const *j = rescue_find(t, l4_utcb_exc_u(u)->pc);
    if (!j)
        return false;
    l4_utcb_exc_u(u)->pc = j->target;
    *reply = l4_msgtag(0, L4_UTCB_EXCEPTION_REGS_SIZE, 0, 0);
    return true;
}

l4_msgtag_t rescue_serve_add(struct rescue_table *t, struct msg_in *in)
{
    struct rescue_jump j;
    j.begin = msg_get_u64(in);
    j.end = msg_get_u64(in);
    j.target = msg_get_u64(in);
    return msg_reply_err(in->err ? in->err : rescue_add(t, j));
}

l4_msgtag_t rescue_serve_remove(struct rescue_table *t, struct msg_in *in)
{
    uint64_t pc = msg_get_u64(in);
    return msg_reply_err(in->err ? in->err : rescue_remove(t, pc));
}
