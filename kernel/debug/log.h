// SPDX-License-Identifier: MIT
// Lines of the kernel about user programs, from where they arise to where they are sent (console.c). Any CPU may put one
// at any time, whatever locks it holds. A user can make as many lines as it likes: beyond LOG_BURST at once and one each
// LOG_INTERVAL_US later they are left out and counted.
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { LOG_LINE = 184, LOG_BURST = 16, LOG_INTERVAL_US = 250000 };
enum { LOG_TAKE_MAX = LOG_LINE + 48 }; // a line, and how many were left out before it

void log_put(char const *text, size_t len);
// Is there something to be taken, now or later?
bool log_waits(void);
// The next line; 0: none yet. One CPU at a time; `to` has room for LOG_TAKE_MAX.
size_t log_take(char *to);
