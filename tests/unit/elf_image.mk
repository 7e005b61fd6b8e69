# SPDX-License-Identifier: MIT
TEST := elf_image
SRCS := tests/unit/elf_image_test.c userland/lib/elf/elf.c userland/lib/elf/elf_notes.c
INCS := userland/lib/elf/include
LIBS := check
