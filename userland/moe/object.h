// SPDX-License-Identifier: MIT
// What all objects that moe serves have in common. An object lives as long as somebody inside moe
// references it or a client holds a capability to its gate; it is charged to a factory.
#pragma once

#include <l4/srv/msg.h>
#include <stdbool.h>

struct factory;
struct object;

// One request of a client. Handlers read all of it before they make calls or write the reply.
struct request {
    l4_utcb_t *u;
    l4_msgtag_t tag;
    unsigned rights;  // of the capability that the client used: W 1 | S 2
    struct msg_in in; // at the first word
};

#define OBJECT_RIGHT_W L4_CAP_FPAGE_W
#define OBJECT_RIGHT_S L4_CAP_FPAGE_S

struct object_ops {
    char const *name;  // interface name for the meta protocol
    long proto;        // its protocol
    long also[2];      // further protocols, 0 = none
    size_t size;       // bytes of the whole object
    l4_msgtag_t (*dispatch)(struct object *o, struct request *r);
    void (*gone)(struct object *o);    // clients cannot reach it any more; may be NULL
    void (*destroy)(struct object *o); // free what the object owns, not the object; may be NULL
};

struct object {
    struct object_ops const *ops;
    struct factory *factory;   // charged with it, NULL for moe's own
    struct object *next, **prev; // in the factory's list
    l4_cap_idx_t gate;         // L4_INVALID_CAP until exported
    unsigned refs;
    bool exported;             // clients may hold capabilities: counts as one reference
    bool permanent;            // lives for ever
};

// The reply label of a handler that leaves the client without answer.
#define NO_REPLY ((l4_msgtag_t){ -1l })

// A new zeroed object with one reference, the caller's. factory NULL = charged to nobody.
// Returns NULL when memory or quota is exhausted.
void *object_create(struct object_ops const *ops, struct factory *factory);

void object_get(struct object *o);

// Drop a reference. The last one destroys the object.
void object_put(struct object *o);

// Give the object a gate, whose slot is charged to the factory. Client objects live until the last
// capability of a client goes, or name in a namespace; permanent ones for ever. Returns 0 or a
// negative error.
int object_export(struct object *o, bool permanent);

// Take the gate away: clients get errors from now on, the object stays while it is referenced.
void object_revoke(struct object *o);

// Is the object still reachable for clients (or never exported)?
bool object_alive(struct object const *o);

// Find exported objects whose last client has gone, and drop them. Returns true if there were any.
bool object_collect(void);

// Reply with a new object's capability; drops the creator's reference. On failure the error.
l4_msgtag_t object_reply(struct object *o, struct request *r);

// The object of an item of the request if it is one of moe's and of that kind, else NULL.
void *object_of_item(struct msg_item const *item, struct object_ops const *ops);

// Interface check for pointers to base objects.
static inline void *object_cast(struct object *o, struct object_ops const *ops)
{
    return o && o->ops == ops ? o : NULL;
}
