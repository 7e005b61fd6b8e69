# SPDX-License-Identifier: MIT
LIB := loader
SRCS := loader.c stack.c ipc_ops.c
LIBS := elf l4re
# Also runs in servers and handlers that leave the FP registers to their clients.
CFLAGS_EXTRA := -mgeneral-regs-only
