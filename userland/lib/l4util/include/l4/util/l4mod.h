// SPDX-License-Identifier: MIT
// L4Re's name of the header.
#pragma once

#include <l4/sys/l4mod.h>
