# SPDX-License-Identifier: MIT
TEST := mapping
SRCS := tests/unit/mapping_test.c tests/unit/mapping_model.c tests/unit/kernel_fakes.c kernel/mem/kmem.c \
        kernel/mem/mapping.c kernel/mem/mapping_tree.c kernel/arch/arm64/stage2.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
