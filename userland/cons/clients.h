// SPDX-License-Identifier: MIT
// All clients of the console, in the order of their creation.
#pragma once

#include "client.h"

struct clients {
    struct client *first;
};

// Adds a client and numbers it among the living ones of its tag.
void clients_add(struct clients *l, struct client *c);
void clients_remove(struct clients *l, struct client *c);

// Living clients come first; NULL if there is none.
struct client *clients_by_name(struct clients const *l, char const *name);
struct client *clients_by_key(struct clients const *l, char key);

// Does another living client have the same tag or key?
bool clients_tag_taken(struct clients const *l, struct client const *c);
bool clients_key_taken(struct clients const *l, struct client const *c);
