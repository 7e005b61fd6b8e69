# SPDX-License-Identifier: MIT
TEST := board_devices
SRCS := tests/unit/board_devices_test.c tests/unit/tree_builder.c bsp/tools/devices.c \
	kernel/boot/dt/dt_index.c kernel/boot/dt/dt_node.c
INCS := tests/unit bsp/tools kernel/boot
LIBS := check fdt
