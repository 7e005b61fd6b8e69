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

// crash.c: these end by an exception.
void part_crash(void);
void part_crash_leaf(void);
void part_crash_wild(void);
void part_crash_thread(void);
void part_abort(void);
void part_assert(void);
void part_chain_loop(void);
void part_chain_hole(void);
void part_chain_elsewhere(void);
