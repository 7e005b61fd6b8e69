# SPDX-License-Identifier: MIT
# What the compiler's stack protector and the C library's checks of sizes ask for.
LIB := ssp
SRCS := ssp.c
# Also in programs that leave the FP registers to others.
CFLAGS_EXTRA := -mgeneral-regs-only
