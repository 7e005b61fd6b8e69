# SPDX-License-Identifier: MIT
# Interrupts by L4Re's libirq: wait for them, or have a function called.
LIB := irq
SRCS := irq.c request.c
LIBS := l4re libc
