# SPDX-License-Identifier: MIT
TEST := loader_stack
SRCS := tests/unit/loader_stack_test.c userland/lib/loader/stack.c
INCS := userland/lib/loader userland/lib/l4re/include kernel/include
LIBS := check
