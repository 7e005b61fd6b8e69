# SPDX-License-Identifier: MIT
# A thread whose system calls another one sees first.
PROG := example-aliens
SRCS := main.c
LIBS := l4re libc
