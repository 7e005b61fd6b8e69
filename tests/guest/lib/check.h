// SPDX-License-Identifier: MIT
// The lines that a guest prints: `ok NAME` or `FAIL NAME: got .. wanted ..` a check, and at the end `DONE n ok, m failed`.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Begins a group of checks: their names begin with `name`. `source`: sections of the specifications that they follow.
void group(char const *name, char const *source);
char const *check_group(void);

bool check(char const *name, uint64_t got, uint64_t wanted);
bool check_true(char const *name, bool holds);
// The bits of `mask` alone.
bool check_bits(char const *name, uint64_t got, uint64_t mask, uint64_t wanted);
// A check that cannot be made here, and why.
void skip(char const *name, char const *why);

// Something unforeseen that nothing can follow: counts as failed and ends the guest.
void give_up(char const *what, uint64_t value1, uint64_t value2) __attribute__((noreturn));
// How many checks there were so far, for the watchdog.
unsigned check_count(void);
void check_done(void) __attribute__((noreturn));
