// SPDX-License-Identifier: MIT
// Moe's own messages, prefix "MOE: ".
#pragma once

#include "log_format.h"
#include "options.h"

// Which levels are shown, enum debug_level.
extern unsigned say_mask;

// The console that all logs of moe share.
extern struct log_console console;

void say_init(void);

// Hand what log_write has put out so far to the kernel.
void console_flush(void);

// One line; printf format without newline.
void say(unsigned level, char const *fmt, ...) __attribute__((format(printf, 2, 3)));

// The system cannot go on: says what and where, then sleeps for ever.
void fatal(char const *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
