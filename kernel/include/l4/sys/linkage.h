// SPDX-License-Identifier: MIT
// Calling conventions: there is one.
#pragma once

#include <l4/sys/compiler.h>

#define L4_FASTCALL(x) x
#define l4_fastcall
