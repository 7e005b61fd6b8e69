# SPDX-License-Identifier: MIT
# A server and its client, in two threads: words, memory and capabilities in messages.
PROG := example-calls
SRCS := main.c
LIBS := l4util l4re libc
