# SPDX-License-Identifier: MIT
TEST := icu
SRCS := tests/unit/icu_test.c kernel/object/icu.c kernel/object/platform_control.c kernel/object/operation.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
