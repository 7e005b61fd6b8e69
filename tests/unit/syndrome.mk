# SPDX-License-Identifier: MIT
TEST := syndrome
SRCS := tests/unit/syndrome_test.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
