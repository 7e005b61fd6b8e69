// SPDX-License-Identifier: MIT
// Messages of the kernel on the console: %s %c %d %u %x %p with the modifier l; nothing else.
#pragma once
#include <stddef.h>

void debug_print(char const *format, ...) __attribute__((format(printf, 1, 2)));
// Writes characters to the console UART, LF as CR LF.
void console_write(char const *s, size_t len);
