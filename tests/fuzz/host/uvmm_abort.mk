# SPDX-License-Identifier: MIT
FUZZER := uvmm_abort
FUZZED := $(addprefix userland/uvmm/vcpu/,abort.c decode.c stage1.c exception.c) userland/uvmm/boot/ram_map.c \
	userland/uvmm/device/mmio_map.c
SRCS := tests/unit/uvmm_stubs.c
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include
MAX_LEN := 2000
