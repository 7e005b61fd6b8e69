# SPDX-License-Identifier: MIT
PROG := ned-prompt
SRCS := main.c command.c
LIBS := srv l4re libc
