# SPDX-License-Identifier: MIT
# The kernel fuzzer: a program that runs as root task (main.c tells what it does).
PROG := fuzz
SRCS := probe.S main.c memory.c caps.c world.c supervisor.c prober.c chaos.c chaos_calls.c accounts.c
LINK := pie
CRT  := own
LIBS := harness mem
