// SPDX-License-Identifier: MIT
// Where text goes: on uvmm its log, which takes whole lines and cuts none; elsewhere the PL011 of the tree.
#pragma once

#include <stdint.h>

void console_use_hypercall(void);
void console_use_pl011(uintptr_t base);

void put_text(char const *s);
void put_hex(uint64_t n);
void put_number(uint64_t n);
