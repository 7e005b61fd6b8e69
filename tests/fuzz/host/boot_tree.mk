# SPDX-License-Identifier: MIT
FUZZER := boot_tree
FUZZED := $(sort $(wildcard kernel/boot/dt/*.c kernel/boot/machine/*.c)) kernel/boot/memory/place.c bsp/tools/devices.c
SRCS := $(addprefix tests/fuzz/host/,tree_input.c) tests/unit/boot_report.c $(sort $(wildcard kernel/uart/*.c))
INCS := bsp/tools kernel/boot kernel kernel/include kernel/arch/arm64/include
LIBS := fdt
MAX_LEN := 1024
