# SPDX-License-Identifier: MIT
# How long operations of the kernel keep a thread of high priority waiting; runs as root task.
PROG := latency
SRCS := main.c waits.c crowd.c entry.S
LINK := pie
CRT  := own
LIBS := harness mem
