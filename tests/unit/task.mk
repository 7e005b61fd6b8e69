# SPDX-License-Identifier: MIT
TEST := task
SRCS := $(addprefix tests/unit/,task_test.c factory_test.c iommu_test.c task_setup.c fake_smmu.c kernel_fakes.c) \
        $(addprefix kernel/object/,object.c operation.c cap_argument.c cap_space.c task.c factory.c dma_space.c iommu.c) \
        kernel/preempt/stopped.c kernel/mem/kmem.c kernel/mem/mapping.c kernel/mem/mapping_tree.c kernel/arch/arm64/stage2.c
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
