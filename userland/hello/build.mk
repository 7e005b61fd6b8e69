# SPDX-License-Identifier: MIT
# Greets once a second.
PROG := hello
SRCS := main.c
LIBS := l4re libc
