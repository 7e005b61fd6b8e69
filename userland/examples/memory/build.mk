# SPDX-License-Identifier: MIT
# Dataspaces and the region map.
PROG := example-memory
SRCS := main.c
LIBS := l4re libc
