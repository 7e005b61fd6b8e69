# SPDX-License-Identifier: MIT
LIB := loader
SRCS := loader.c stack.c ipc_ops.c
LIBS := elf l4re
