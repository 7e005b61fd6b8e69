# SPDX-License-Identifier: MIT
# Server loop, object registry, message cursors.
LIB := srv
SRCS := msg.c factory_args.c registry.c timer.c server.c icu.c meta.c share.c
LIBS := l4re
# Also runs in servers and handlers that leave the FP registers to their clients.
CFLAGS_EXTRA := -mgeneral-regs-only
