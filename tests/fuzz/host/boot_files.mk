# SPDX-License-Identifier: MIT
FUZZER := boot_files
FUZZED := $(addprefix kernel/boot/payload/,elf_load.c payload_check.c unpack.c) kernel/boot/boot_args.c \
	userland/l4vio_net_p2p/options.c
SRCS := tests/unit/boot_report.c
INCS := kernel/boot kernel kernel/include kernel/arch/arm64/include userland/l4vio_net_p2p
LIBS := z
