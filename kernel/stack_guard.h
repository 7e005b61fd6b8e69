// SPDX-License-Identifier: MIT
#pragma once
#include <stdint.h>

// Takes a random guard (0: there is none). Only from a function that does not return.
void stack_guard_init(uint64_t random);
