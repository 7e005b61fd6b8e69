# SPDX-License-Identifier: MIT
FUZZER := boot_files
FUZZED := $(addprefix kernel/boot/payload/,elf_load.c payload_check.c unpack.c) kernel/boot/boot_args.c \
	userland/lib/net/options.c
SRCS := tests/unit/boot_report.c
INCS := kernel/boot kernel kernel/include kernel/arch/arm64/include userland/lib/net/include \
	userland/lib/net/include/l4/net
LIBS := z
