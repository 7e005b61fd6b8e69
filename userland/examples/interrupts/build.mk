# SPDX-License-Identifier: MIT
# Handlers for interrupts, by libirq.
PROG := example-interrupts
SRCS := main.c
LIBS := irq l4re libc
