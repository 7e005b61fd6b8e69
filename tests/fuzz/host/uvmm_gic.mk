# SPDX-License-Identifier: MIT
FUZZER := uvmm_gic
FUZZED := $(addprefix userland/uvmm/vgic/,dist.c lists.c own.c timer.c block.c gicd.c gicr.c lpi.c its.c its_map.c \
	its_commands.c)
SRCS := $(addprefix tests/unit/uvmm_,its_setup.c vgic_setup.c stubs.c)
INCS := userland/uvmm kernel/include
MAX_LEN := 3000
