// SPDX-License-Identifier: MIT
#include "registry.h"

static struct srv_object **registry_bucket(struct srv *s, l4_umword_t address)
{
    return &s->bucket[((address >> 4) * 0x9e3779b97f4a7c15ull >> 58) % SRV_BUCKETS];
}

void registry_insert(struct srv *s, struct srv_object *o)
{
    struct srv_object **b = registry_bucket(s, (l4_umword_t)o);
    o->next = *b;
    *b = o;
    o->flags |= SRV_OBJ_REGISTERED;
}

void registry_remove(struct srv *s, struct srv_object *o)
{
    for (struct srv_object **p = registry_bucket(s, (l4_umword_t)o); *p; p = &(*p)->next) {
        if (*p == o) {
            *p = o->next;
            break;
        }
    }
    o->next = NULL;
    o->flags &= ~(unsigned)SRV_OBJ_REGISTERED;
}

struct srv_object *registry_find(struct srv *s, l4_umword_t label)
{
    label &= ~L4_GATE_LABEL_RIGHTS; // rights of the sender's capability
    struct srv_object *o = *registry_bucket(s, label);
    while (o && (l4_umword_t)o != label)
        o = o->next;
    return o;
}
