# SPDX-License-Identifier: MIT
TEST := region_table
SRCS := tests/unit/region_table_test.c userland/l4re/region_table.c
INCS := userland/l4re userland/lib/l4re/include kernel/include
LIBS := check
