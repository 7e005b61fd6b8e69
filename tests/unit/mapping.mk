# SPDX-License-Identifier: MIT
TEST := mapping
SRCS := $(addprefix tests/unit/,mapping_test.c mapping_steps_test.c mapping_random_test.c mapping_setup.c mapping_model.c \
        kernel_fakes.c) kernel/mem/kmem.c kernel/mem/mapping.c kernel/mem/mapping_tree.c kernel/arch/arm64/stage2.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
