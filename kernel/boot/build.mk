# SPDX-License-Identifier: MIT
# What is in none of the folders is the sequence (boot.c) and its ends.
BOOT_SRCS := boot.c boot_args.c handover.c report.c \
	$(addprefix entry/,start.S el3.S cpu.c firmware.c runtime.c) \
	$(addprefix dt/,dt_index.c dt_node.c) \
	$(addprefix machine/,machine.c machine_cpus.c machine_gic.c machine_memory.c machine_seed.c machine_smmu.c \
		machine_uart.c) \
	$(addprefix memory/,memory.c page_table.c place.c) \
	$(addprefix payload/,checksum.c contents.c elf_load.c kernel_image.c module_info.c modules.c \
		payload_check.c unpack.c) \
	../arch/arm64/cpu_reset.S ../arch/arm64/string.S
# A UART driver is one file that nothing else names.
BOOT_SRCS += $(patsubst kernel/%,../%,$(sort $(wildcard kernel/uart/*.c)))
BOOT_CFLAGS_EXTRA := -fpie -fno-builtin -fno-tree-loop-distribute-patterns
# "-static -pie" would silently drop the second word.
BOOT_LINK := -static-pie -Wl,--no-dynamic-linker -Wl,-z,text
