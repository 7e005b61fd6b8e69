# SPDX-License-Identifier: MIT
# The other task of the benchmark: answers calls, maps and unmaps a page.
PROG := bench-echo
SRCS := main.c
LIBS := l4re libc
CFLAGS_EXTRA := -Itests/bench
