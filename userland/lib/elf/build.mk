# SPDX-License-Identifier: MIT
LIB := elf
SRCS := elf.c elf_notes.c elf_reloc.c
# Also runs in servers and handlers that leave the FP registers to their clients.
CFLAGS_EXTRA := -mgeneral-regs-only
