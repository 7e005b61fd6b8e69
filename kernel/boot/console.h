// SPDX-License-Identifier: MIT
// Boot's console: where reports go.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uart/uart.h>

// Opens the UART whose registers are mapped at `base`.
void console_open(struct uart_ops const *ops, uint64_t base, unsigned shift, unsigned width,
                  unsigned hz);
bool console_is_open(void);
void console_be_quiet(void); // -noserial: only problems are printed from now on
