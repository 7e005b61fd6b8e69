# SPDX-License-Identifier: MIT
LIB := elf
SRCS := elf.c elf_notes.c
