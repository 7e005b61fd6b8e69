# SPDX-License-Identifier: MIT
# What a program gets of its region map, and of one of moe's. test_regions.py boots it.
PROG := regions
SRCS := main.c
LIBS := l4re libc
