# SPDX-License-Identifier: MIT
BOOT_SRCS := start.S el3.S boot.c boot_args.c checksum.c contents.c cpu.c dt_index.c dt_node.c elf_load.c \
	firmware.c handover.c kernel_image.c machine.c machine_cpus.c machine_gic.c machine_memory.c \
	machine_uart.c memory.c module_info.c modules.c page_table.c payload_check.c place.c report.c \
	runtime.c unpack.c ../arch/arm64/cpu_reset.S ../arch/arm64/string.S
# A UART driver is one file that nothing else names.
BOOT_SRCS += $(patsubst kernel/%,../%,$(sort $(wildcard kernel/uart/*.c)))
BOOT_CFLAGS_EXTRA := -fpie -fno-builtin -fno-tree-loop-distribute-patterns
# "-static -pie" would silently drop the second word.
BOOT_LINK := -static-pie -Wl,--no-dynamic-linker -Wl,-z,text
