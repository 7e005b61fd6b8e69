// SPDX-License-Identifier: MIT
// Numbers with a type, which assembly does not know: unsigned, unsigned long, long.
#pragma once

#ifdef __ASSEMBLER__
#define L4_U(n)  n
#define L4_UL(n) n
#define L4_SL(n) n
#else
#define L4_U(n)  n##u
#define L4_UL(n) n##ul
#define L4_SL(n) n##l
#endif
