# SPDX-License-Identifier: MIT
# What programs rely on beside the kernel: C library, in-task runtime, caches. One part each by its argument.
PROG := runtime-test
SRCS := main.c caches.c raw_thread.c places.c guards.c crash.c
LIBS := l4re libc
