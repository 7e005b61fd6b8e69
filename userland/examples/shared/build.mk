# SPDX-License-Identifier: MIT
# A producer and a consumer with shared memory and signals, by libshmc.
PROG := example-shared
SRCS := main.c
LIBS := shmc l4re libc
