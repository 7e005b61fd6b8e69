// SPDX-License-Identifier: MIT
// Messages of the kernel: %s %c %d %u %x %p with the modifier l; nothing else.
#pragma once
#include <stddef.h>

// Writes to the console at once, and waits for the line: while the kernel starts and when it ends, not in between.
void debug_print(char const *format, ...) __attribute__((format(printf, 1, 2)));
// A line (with its '\n') about what a user program has done: to the console later, when no lock is held (console.h), and
// limited, so that nobody owns the console (log.h).
void log_print(char const *format, ...) __attribute__((format(printf, 1, 2)));
// Into memory, as far as there is room, without an end mark. Returns the number of characters.
size_t print_to(char *to, size_t size, char const *format, ...) __attribute__((format(printf, 3, 4)));
