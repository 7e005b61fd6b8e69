# SPDX-License-Identifier: MIT
# All kernel objects with their tables of operations. The operations themselves are not called: what they need is missing.
TEST := operations
SRCS := tests/unit/operations_test.c tests/unit/operations_print.c \
	$(addprefix kernel/object/,cap_argument.c dma_space.c factory.c gate.c icu.c iommu.c irq.c object.c operation.c platform_control.c \
	scheduler.c semaphore.c task.c thread.c vcon.c)
INCS := kernel kernel/include kernel/arch/arm64/include tests/unit
LIBS := check
EMBED := docs/reference.md
LDFLAGS_EXTRA := -no-pie -Wl,--unresolved-symbols=ignore-all
CFLAGS_EXTRA := -fno-pie
