# SPDX-License-Identifier: MIT
TEST := boot_machine
SRCS := $(addprefix tests/unit/,boot_machine_test.c machine_memory_test.c machine_gic_test.c machine_smmu_test.c \
	machine_cpus_test.c machine_uart_test.c machine_damage_test.c machine_tree.c tree_builder.c \
	boot_report.c) \
	$(sort $(wildcard kernel/boot/dt/*.c kernel/boot/machine/*.c kernel/uart/*.c)) \
	kernel/boot/memory/place.c
INCS := tests/unit kernel/boot kernel kernel/include kernel/arch/arm64/include
LIBS := check fdt
