# SPDX-License-Identifier: MIT
# Memory from sigma0 (kernel-abi 9), by L4Re's names.
LIB := sigma0
SRCS := sigma0.c
LIBS := l4re
CFLAGS_EXTRA := -mgeneral-regs-only
