# SPDX-License-Identifier: MIT
# In place of the in-task runtime: one that is position independent, as other systems have it.
PROG := runtime-pie
SRCS := start.S main.c
LIBS :=
LINK := pie
CRT := own
CFLAGS_EXTRA := -mgeneral-regs-only
