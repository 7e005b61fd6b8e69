# SPDX-License-Identifier: MIT
# POSIX threads.
PROG := example-threads
SRCS := main.c
LIBS := libc
