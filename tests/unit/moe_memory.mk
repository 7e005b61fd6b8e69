# SPDX-License-Identifier: MIT
TEST := moe_memory
SRCS := tests/unit/moe_memory_test.c userland/moe/frames.c userland/moe/quota.c \
	userland/moe/heap.c
INCS := userland/moe kernel/include
LIBS := check
