# SPDX-License-Identifier: MIT
# What a program can find out about the system.
PROG := example-system
SRCS := main.c
LIBS := l4util sigma0 l4re libc
