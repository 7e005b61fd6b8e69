# SPDX-License-Identifier: MIT
# Region maps: what lies where in an address space, and their messages. Moe's and the in-task runtime's are made of it.
LIB := region
SRCS := region.c map.c protocol.c rescue.c backtrace.c
LIBS := srv l4re
# Also runs in servers and handlers that leave the FP registers to their clients.
CFLAGS_EXTRA := -mgeneral-regs-only
