// SPDX-License-Identifier: MIT
#include "clients.h"

#include <string.h>

static bool same_tag(struct client const *a, struct client const *b)
{
    return a != b && strcmp(a->opt.tag, b->opt.tag) == 0;
}

void clients_add(struct clients *l, struct client *c)
{
    struct client **at = &l->first;
    c->index = 0;
    for (; *at; at = &(*at)->next)
        if (!(*at)->dead && same_tag(*at, c) && (*at)->index >= c->index)
            c->index = (*at)->index + 1;
    c->next = NULL;
    *at = c;
}

void clients_remove(struct clients *l, struct client *c)
{
    for (struct client **at = &l->first; *at; at = &(*at)->next)
        if (*at == c) {
            *at = c->next;
            return;
        }
}

struct client *clients_by_name(struct clients const *l, char const *name)
{
    struct client *best = NULL;
    unsigned best_score = 0;
    for (struct client *c = l->first; c; c = c->next) {
        bool exact = client_is_named(c, name);
        if (!exact && strcmp(c->opt.tag, name) != 0)
            continue;
        unsigned score = (c->dead ? 0u : 2u) + (exact ? 1u : 0u) + 1;
        if (score > best_score) {
            best = c;
            best_score = score;
        }
    }
    return best;
}

struct client *clients_by_key(struct clients const *l, char key)
{
    struct client *dead = NULL;
    for (struct client *c = l->first; key && c; c = c->next)
        if (c->opt.key == key) {
            if (!c->dead)
                return c;
            dead = c;
        }
    return dead;
}

bool clients_tag_taken(struct clients const *l, struct client const *c)
{
    for (struct client *o = l->first; o; o = o->next)
        if (!o->dead && same_tag(o, c))
            return true;
    return false;
}

bool clients_key_taken(struct clients const *l, struct client const *c)
{
    for (struct client *o = l->first; c->opt.key && o; o = o->next)
        if (!o->dead && o != c && o->opt.key == c->opt.key)
            return true;
    return false;
}
