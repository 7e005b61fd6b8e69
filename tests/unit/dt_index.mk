# SPDX-License-Identifier: MIT
TEST := dt_index
SRCS := tests/unit/dt_index_test.c tests/unit/tree_builder.c kernel/boot/dt/dt_index.c
INCS := tests/unit kernel/boot
LIBS := check fdt
