// SPDX-License-Identifier: MIT
// Factories of moe's objects, each with a quota. The root factory has none and creates scheduler
// proxies as well.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct factory;
struct object;

extern struct factory *root_factory;

void factory_init(void);

// Charge bytes to the factory and all that it came from. Frees dead objects if that helps.
bool factory_charge(struct factory *f, uint64_t bytes);
void factory_uncharge(struct factory *f, uint64_t bytes);

// The object becomes, stops being, one of the factory's. The object holds a reference on it.
void factory_add(struct factory *f, struct object *o);
void factory_remove(struct object *o);

struct object *factory_object(struct factory *f);
