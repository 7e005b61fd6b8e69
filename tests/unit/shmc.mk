# SPDX-License-Identifier: MIT
TEST := shmc
SRCS := tests/unit/shmc_test.c userland/lib/shmc/area.c userland/lib/shmc/chunk.c
INCS := userland/lib/shmc/include userland/lib/l4re/include kernel/include userland/lib/shmc
LIBS := check
