# SPDX-License-Identifier: MIT
TEST := task
SRCS := tests/unit/task_test.c tests/unit/kernel_fakes.c kernel/mem/kmem.c kernel/object/cap_space.c \
        kernel/mem/mapping.c kernel/mem/mapping_tree.c kernel/arch/arm64/stage2.c \
        kernel/object/object.c kernel/object/operation.c kernel/object/cap_argument.c kernel/object/task.c kernel/preempt/stopped.c kernel/object/factory.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
