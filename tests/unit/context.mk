# SPDX-License-Identifier: MIT
TEST := context
SRCS := tests/unit/context_test.c tests/unit/host_sysreg.c kernel/arch/arm64/context.c
INCS := tests/unit/host_sysreg kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
