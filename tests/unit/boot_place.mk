# SPDX-License-Identifier: MIT
TEST := boot_place
SRCS := tests/unit/boot_place_test.c kernel/boot/memory/place.c kernel/boot/memory/page_table.c
INCS := kernel/boot kernel kernel/include kernel/arch/arm64/include
LIBS := check
