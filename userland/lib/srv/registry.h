// SPDX-License-Identifier: MIT
// The objects that a server knows, by address. A label is only ever compared with them, so a stale
// or foreign one is never dereferenced. The caller holds the lock.
#pragma once

#include <l4/srv/server.h>

void registry_insert(struct srv *s, struct srv_object *o);
void registry_remove(struct srv *s, struct srv_object *o);
struct srv_object *registry_find(struct srv *s, l4_umword_t label);
