// SPDX-License-Identifier: MIT
// A factory: creates kernel objects and pays for them from its quota.
#pragma once
#include "debug/assert.h"
#include "object/object.h"
#include <l4/sys/abi/proto.h>

struct factory {
    struct object obj;
    struct quota *quota; // pays for what it creates; one reference
};

extern struct object_ops const factory_ops;
enum { FACTORY_KINDS = -L4_PROTO_SEMAPHORE + 1 };
extern struct operation const factory_kinds[FACTORY_KINDS]; // what it makes, by protocol

static inline struct factory *factory_of(struct object *o)
{
    assert(o->type == OBJ_FACTORY);
    return (struct factory *)((char *)o - offsetof(struct factory, obj));
}

// A factory that creates from `quota` (takes over the caller's reference) and is itself charged to
// `owner`. NULL when `owner` has not enough left; the reference stays with the caller then.
struct object *factory_create(struct quota *owner, struct quota *quota);
