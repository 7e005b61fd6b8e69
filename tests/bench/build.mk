# SPDX-License-Identifier: MIT
# Costs of kernel and runtime operations in guest instructions; bench.py boots it and prints the table.
PROG := bench
SRCS := main.c ipc.c calls.c memory.c measure.c
LIBS := l4re libc
