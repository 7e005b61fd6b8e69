// SPDX-License-Identifier: MIT
#include "object/item.h"
#include "ipc/invocation.h"
#include "object/irq.h"
#include "object/task.h"
#include "object/thread.h"
#include <l4/sys/consts.h>
#include <l4/sys/err.h>

int item_object(struct invocation *in, unsigned word_index, enum object_type type,
                struct object **o, uint32_t *rights)
{
    if (!tag_items(in->tag) || word_index + 2 > UTCB_MRS)
        return -L4_EINVAL;
    uint64_t control = in_word(in, word_index), page = in_word(in, word_index + 1);
    if (!(control & L4_ITEM_MAP))
        return -L4_EINVAL; // void item
    if (fpage_type(page) != L4_FPAGE_OBJ)
        return IPC_CUT;
    struct cap_slot *s = cap_lookup(&in->caller->task->caps, fpage_index(page));
    if (!s || !s->obj || (type && s->obj->type != type))
        return -L4_EINVAL;
    *o = s->obj;
    if (rights)
        *rights = s->rights;
    return 0;
}

int item_irq(struct invocation *in, struct irq **i)
{
    struct object *o;
    uint32_t rights;
    int err = item_object(in, tag_words(in->tag), 0, &o, &rights);
    if (err)
        return err;
    if (o->type != OBJ_IRQ && o->type != OBJ_SEMAPHORE)
        return -L4_EINVAL;
    if (!(rights & CAP_W))
        return -L4_EPERM;
    *i = irq_of(o);
    return 0;
}

uint64_t item_error(struct invocation *in, int err)
{
    if (err < 0)
        return result_tag(err, 0);
    in->caller->utcb->error = (uint64_t)err;
    return TAG_ERROR;
}
