# SPDX-License-Identifier: MIT
TEST := boot_load
SRCS := tests/unit/boot_load_test.c \
	$(addprefix kernel/boot/payload/,elf_load.c payload_check.c unpack.c)
INCS := kernel/boot kernel kernel/include kernel/arch/arm64/include
LIBS := check z
