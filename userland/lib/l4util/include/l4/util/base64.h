// SPDX-License-Identifier: MIT
// Base 64 (RFC 4648) in one line.
#pragma once

#include <l4/sys/compiler.h>

#define B64_EN_DECODE

L4_BEGIN_DECLS

// *outfile: a text, from malloc(), with its NUL; NULL when there is no memory.
void base64_encode(char const *infile, unsigned int in_size, char **outfile);

// Stops at the first character that is none of base 64; line ends are skipped. *outfile: the bytes, from malloc(), and a NUL
// behind them; NULL when there is no memory.
void base64_decode(char const *infile, unsigned int in_size, char **outfile);

L4_END_DECLS
