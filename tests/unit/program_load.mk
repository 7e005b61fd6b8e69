# SPDX-License-Identifier: MIT
TEST := program_load
SRCS := tests/unit/program_load_test.c userland/l4re/load.c userland/lib/elf/elf.c userland/lib/elf/elf_notes.c \
        userland/lib/l4re/random.c
INCS := userland/l4re userland/lib/region/include userland/lib/srv/include userland/lib/elf/include userland/lib/l4re/include \
        kernel/include
LIBS := check
