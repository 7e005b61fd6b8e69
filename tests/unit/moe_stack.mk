# SPDX-License-Identifier: MIT
TEST := moe_stack
SRCS := tests/unit/moe_stack_test.c userland/moe/stack.c
INCS := userland/moe kernel/include
LIBS := check
