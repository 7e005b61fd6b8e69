// SPDX-License-Identifier: MIT
#include "object/operation.h"
#include <arch/index.h>
#include "object/cap_argument.h"
#include "object/object.h"
#include <l4/sys/compiler.h>
#include <l4/sys/err.h>

static uint64_t bad_protocol(struct invocation *in)
{
    (void)in;
    return result_tag(-L4_EBADPROTO, 0);
}

static uint64_t unknown(struct invocation *in)
{
    (void)in;
    return result_tag(-L4_ENOSYS, 0);
}

static uint64_t too_short(struct invocation *in)
{
    (void)in;
    return result_tag(-L4_EMSGTOOSHORT, 0);
}

static uint64_t invalid(struct invocation *in)
{
    (void)in;
    return result_tag(-L4_EINVAL, 0);
}

static struct operation const op_bad_protocol = {bad_protocol, .words = AT_LEAST(0), .locks = OP_LOCKS_NONE},
                              op_unknown = {unknown, .words = AT_LEAST(0), .locks = OP_LOCKS_NONE},
                              op_too_short = {too_short, .words = AT_LEAST(0), .locks = OP_LOCKS_NONE},
                              op_invalid = {invalid, .words = AT_LEAST(0), .locks = OP_LOCKS_NONE};

struct operation const *operation_find(struct invocation const *in)
{
    struct object_ops const *ops = object_ops[in->obj->type];
    struct protocol const *p = ops->protocols;
    while (p->label != tag_label(in->tag) && p->operations)
        p++;
    if (!tag_words(in->tag)) {
        if (p->bare)
            return p->bare;
        if (ops->bare_invalid)
            return &op_invalid;
        return p->operations ? &op_too_short : &op_bad_protocol;
    }
    if (!p->operations)
        return &op_bad_protocol;
    uint64_t number = in->w[0] & p->op_mask;
    return index_below(&number, p->count) && p->operations[number].run ? &p->operations[number] : &op_unknown;
}

static __attribute__((noinline)) uint64_t wrong_count(struct operation const *op, unsigned words)
{
    bool invalid_count = words > op->words.most || (op->errors & OP_SHORT_INVALID);
    return result_tag(invalid_count ? -L4_EINVAL : -L4_EMSGTOOSHORT, 0);
}

uint64_t operation_check(struct invocation *in, struct operation const *op)
{
    unsigned words = tag_words(in->tag);
    if (L4_UNLIKELY((op->flags & OP_ARG_OPTIONAL) && !tag_items(in->tag)))
        return op->rights & ~in->rights ? result_tag(-L4_EPERM, 0) : 0;
    if (L4_UNLIKELY(!operation_accepts(op, words, in->rights)))
        return op->words.least <= words && words <= op->words.most ? result_tag(-L4_EPERM, 0) : wrong_count(op, words);
    return op->arg ? cap_argument(in, op) : 0;
}
