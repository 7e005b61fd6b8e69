// SPDX-License-Identifier: MIT
// The first program's parent (protocol 0x4002): hears of its end.
#pragma once

#include "object.h"

// name: what the messages call the program; must stay.
struct object *parent_create(char const *name);
