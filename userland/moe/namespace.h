// SPDX-License-Identifier: MIT
// Name spaces (protocol 0x4001): names of capabilities, of moe's own objects and of others.
#pragma once

#include <stddef.h>
#include "object.h"

struct factory;
struct namespace;

struct object *namespace_create(struct factory *f);

// Enter an object of moe's that clients cannot remove; its gate is made now. rights: W 1, S 2.
// Returns 0, -L4_EEXIST, or another error.
int namespace_enter(struct object *ns, char const *name, size_t len, struct object *o,
                    unsigned rights);

// The object of moe's under that name, NULL = none.
struct object *namespace_lookup(struct object *ns, char const *name, size_t len);
