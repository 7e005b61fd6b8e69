# SPDX-License-Identifier: MIT
LIB  := rng
SRCS := client.c
LIBS := l4re
