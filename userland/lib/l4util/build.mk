# SPDX-License-Identifier: MIT
# Small helpers by L4Re's names: atomic operations, bits, base64, powers of two, threads from their parts.
LIB := l4util
SRCS := backtrace.c base64.c human_size.c kip.c kprintf.c list_alloc.c rand.c thread.c
LIBS := l4re
