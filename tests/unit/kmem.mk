# SPDX-License-Identifier: MIT
TEST := kmem
SRCS := tests/unit/kmem_test.c tests/unit/kernel_fakes.c kernel/mem/kmem.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
