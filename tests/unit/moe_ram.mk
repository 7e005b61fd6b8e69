# SPDX-License-Identifier: MIT
TEST := moe_ram
SRCS := tests/unit/moe_ram_test.c userland/moe/ram.c
INCS := userland/moe kernel/include
LIBS := check
