# SPDX-License-Identifier: MIT
TEST := traps
SRCS := tests/unit/traps_test.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
