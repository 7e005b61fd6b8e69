# SPDX-License-Identifier: MIT
TEST := l4sys
SRCS := tests/unit/l4sys_test.c
INCS := kernel/include
LIBS := check
