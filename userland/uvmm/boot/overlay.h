// SPDX-License-Identifier: MIT
// Overlays on the guest's device tree. Pure: the caller says what failed.
#pragma once

#include <stddef.h>

// Puts `overlay` onto `base`, both checked by fdt_check_full() and left as they are. *result is a
// new tree from malloc with `spare` bytes of room, in which nodes of `base` have their phandles.
// 0, or a negative error of libfdt.
int overlay_apply(void const *base, void const *overlay, size_t spare, void **result);
