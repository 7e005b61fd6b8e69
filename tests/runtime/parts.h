// SPDX-License-Identifier: MIT
#pragma once

#include <stdbool.h>

// Prints what it checks; the program ends with status 1 when a check was wrong.
void check(bool right, char const *what);

void part_caches(void);
void part_raw_thread(void);
void part_places(void);
void part_smash(void);
void part_copy(void);
void part_overflow(void);
void part_thread_overflow(void);
