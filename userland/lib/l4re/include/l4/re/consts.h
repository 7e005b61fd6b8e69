// SPDX-License-Identifier: MIT
// L4Re's name for constants of the environment.
#pragma once

#include <l4/re/env.h>

#define L4RE_MAIN_THREAD_PRIO 2
