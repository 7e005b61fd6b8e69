# SPDX-License-Identifier: MIT
TEST := loader_runtime
SRCS := tests/unit/loader_runtime_test.c userland/lib/loader/loader.c userland/lib/loader/stack.c \
        userland/lib/elf/elf.c userland/lib/elf/elf_notes.c userland/lib/elf/elf_reloc.c
INCS := userland/lib/loader/include userland/lib/loader userland/lib/elf/include userland/lib/l4re/include kernel/include
LIBS := check
