// SPDX-License-Identifier: MIT
// Device trees out of a fuzzer's bytes: well-formed ones with any nodes and properties, or the bytes as they are.
#pragma once

#include "input.h"

// A tree from malloc, as long as it says it is, and no longer when it is the bytes themselves; *size: how long. NULL: the
// bytes give none. It is not checked.
void *tree_from(struct input *in, size_t *size);

// A word of those that trees have, for names and values.
char const *tree_word(struct input *in);
