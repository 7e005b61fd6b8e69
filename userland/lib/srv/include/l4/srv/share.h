// SPDX-License-Identifier: MIT
// How much each client may have made for it: objects that cost the server a slot and memory. Whoever creates through a
// factory takes from that factory's share; a part of it can be set aside for somebody else, as a factory of its own. Not for
// several threads.
#pragma once

#include <l4/srv/factory_args.h>
#include <l4/srv/server.h>

struct share {
    struct share *parent;
    unsigned limit;
    unsigned used; // by objects, and by shares below with one for each share itself
    bool closed;   // nobody can take from it any more
};

// Sets `limit` objects of the parent's aside (NULL: a share of its own). NULL: the parent has less left, or there is no
// memory.
struct share *share_new(struct share *parent, unsigned limit);

// Takes one object's part; false when nothing is left. Every one that was taken is given back once, after share_close() too.
bool share_take(struct share *s);
void share_give(struct share *s);

// Whoever could take from it is gone: what is not used goes back to the parent, the rest when it is given back.
void share_close(struct share *s);

struct share_factory {
    struct srv_object object;
    struct share *share;
};

// Answers create(L4_PROTO_FACTORY, limit): makes a factory with these operations that has `limit` of the parent's share.
// ops->gone has to be share_factory_gone.
l4_msgtag_t share_factory_create(struct srv *srv, struct srv_ops const *ops, struct share *parent, struct factory_args *args);
void share_factory_gone(struct srv_object *o);
