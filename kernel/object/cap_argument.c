// SPDX-License-Identifier: MIT
#include "object/cap_argument.h"
#include "ipc/invocation.h"
#include "object/task.h"
#include "object/thread.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

static int look_up(struct invocation *in, struct operation const *op)
{
    unsigned word = tag_words(in->tag);
    if (op->arg_if && !(in->w[0] & op->arg_if))
        return 0;
    if (!tag_items(in->tag))
        return op->errors & OP_NO_ITEM_SHORT ? -L4_EMSGTOOSHORT : -L4_EINVAL;
    if (word + 2 > L4_UTCB_GENERIC_DATA_SIZE)
        return -L4_EINVAL;
    uint64_t control = in_word(in, word), page = in_word(in, word + 1);
    if (!(control & L4_ITEM_MAP))
        return -L4_EINVAL; // void item
    if (fpage_type(page) != L4_FPAGE_OBJ)
        return L4_IPC_SEMSGCUT;
    struct cap_slot *s = cap_lookup(&in->caller->task->caps, fpage_index(page));
    if (!s || !s->obj || !(op->arg >> s->obj->type & 1))
        return -L4_EINVAL;
    if (op->arg_rights & ~s->rights)
        return -L4_EPERM;
    in->arg = s->obj;
    in->arg_rights = s->rights;
    return 0;
}

uint64_t cap_argument(struct invocation *in, struct operation const *op)
{
    int err = look_up(in, op);
    return err ? result_error(in, err) : 0;
}

uint64_t result_error(struct invocation *in, int err)
{
    if (err < 0)
        return result_tag(err, 0);
    in->caller->utcb->tcr.error = (uint64_t)err;
    return L4_MSGTAG_ERROR;
}
