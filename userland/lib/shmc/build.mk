# SPDX-License-Identifier: MIT
# Shared memory in chunks, with signals, by L4Re's libshmc.
LIB := shmc
SRCS := area.c chunk.c signal.c
LIBS := l4re libc
