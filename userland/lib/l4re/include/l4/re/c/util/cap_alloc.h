// SPDX-License-Identifier: MIT
// L4Re's name of the header.
#pragma once
#include <l4/re/cap_alloc.h>
