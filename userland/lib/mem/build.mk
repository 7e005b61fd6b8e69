# SPDX-License-Identifier: MIT
# memcpy and the like: the packaged picolibc is built for size and moves byte by byte. And access to others' memory.
LIB := mem
SRCS := memory.S guard.S guard.c
# Also runs in servers and handlers that leave the FP registers to their clients.
CFLAGS_EXTRA := -mgeneral-regs-only
