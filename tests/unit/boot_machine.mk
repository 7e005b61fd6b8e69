# SPDX-License-Identifier: MIT
TEST := boot_machine
SRCS := $(addprefix tests/unit/,boot_machine_test.c machine_memory_test.c machine_gic_test.c \
	machine_cpus_test.c machine_uart_test.c machine_damage_test.c machine_tree.c tree_builder.c \
	boot_report.c) \
	$(addprefix kernel/boot/,place.c dt_index.c dt_node.c machine.c machine_memory.c \
	machine_gic.c machine_cpus.c machine_uart.c) $(sort $(wildcard kernel/uart/*.c))
INCS := tests/unit kernel/boot kernel kernel/include
LIBS := check fdt
