# SPDX-License-Identifier: MIT
TEST := boot_load
SRCS := tests/unit/boot_load_test.c kernel/boot/elf_load.c kernel/boot/payload_check.c kernel/boot/unpack.c
INCS := kernel/boot kernel kernel/include
LIBS := check z
