// SPDX-License-Identifier: MIT
// Capability arguments: send items of a message to a kernel object that the kernel itself reads.
#pragma once
#include "ipc/utcb.h"
#include "object/object.h"

struct irq;

// Looks up the capability that the send item at message register `word_index` names in the caller's
// table. `type` is the wanted type, or 0 for any. Returns 0 and sets *o and *rights (CAP_*, rights
// may be NULL); or -L4_EINVAL (no item, void item, empty slot, other type); or IPC_CUT (an item
// that is not an object flexpage). Hand the failure to item_error(). (kernel-abi 4.1)
int item_object(struct invocation *in, unsigned word_index, enum object_type type,
                struct object **o, uint32_t *rights);

// The IRQ object, or semaphore, that the item behind the words of the message names, with right W.
// Returns 0 and sets *i; or as item_object(), also for another type; or -L4_EPERM.
int item_irq(struct invocation *in, struct irq **i);

// Result tag for a failure of item_object() and item_irq(): negative errors become the label, positive ones an IPC
// error.
uint64_t item_error(struct invocation *in, int err);

// Result tag with a label and no items. Negative error or 0.
static inline uint64_t result_tag(int64_t label, unsigned words)
{
    return tag_make(label, words, 0, 0);
}
