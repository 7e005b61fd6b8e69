// SPDX-License-Identifier: MIT
// For sources of which make_offsets (mk/toolchain.mk) makes a header for assembly.
#pragma once

#define OFFSET(name, value) __asm__ volatile("\n->" #name " %0" ::"i"(value))

void offsets(void);
