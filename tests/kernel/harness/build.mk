# SPDX-License-Identifier: MIT
# What programs that test or measure the kernel as its root task share: entry, output, slots, threads, tasks.
LIB  := harness
SRCS := start.S harness.c
LIBS := mem ssp
