# SPDX-License-Identifier: MIT
# Server loop, object registry, message cursors.
LIB := srv
SRCS := msg.c factory_args.c registry.c timer.c server.c icu.c
LIBS := l4re
