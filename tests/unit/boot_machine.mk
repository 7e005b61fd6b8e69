# SPDX-License-Identifier: MIT
TEST := boot_machine
SRCS := tests/unit/boot_machine_test.c tests/unit/boot_report.c kernel/boot/place.c \
	kernel/boot/dt_index.c kernel/boot/dt_node.c kernel/boot/machine.c kernel/boot/machine_memory.c \
	kernel/boot/machine_gic.c kernel/boot/machine_cpus.c kernel/boot/machine_uart.c \
	kernel/boot/boot_args.c $(sort $(wildcard kernel/uart/*.c))
INCS := tests/unit kernel/boot kernel kernel/include
LIBS := check fdt
