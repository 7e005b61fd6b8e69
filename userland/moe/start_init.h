// SPDX-License-Identifier: MIT
// Start of the first program.
#pragma once

#include "object.h"
#include "options.h"

struct dataspace;

// kip: the kernel info page as dataspace. Ends in a message when that is impossible.
void start_init(struct options const *opt, struct dataspace *kip);
