# SPDX-License-Identifier: MIT
TEST := cap_space
SRCS := tests/unit/cap_space_test.c tests/unit/kernel_fakes.c kernel/mem/kmem.c kernel/object/cap_space.c \
        kernel/object/object.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
