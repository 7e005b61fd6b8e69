# SPDX-License-Identifier: MIT
FUZZER := uvmm_devices
FUZZED := $(addprefix userland/uvmm/device/,pl011_regs.c pl031_regs.c sp805_regs.c virtio_mmio.c flash_regs.c fw_cfg_regs.c) \
	userland/uvmm/line_writer.c
SRCS := userland/uvmm/boot/ram_map.c
INCS := userland/uvmm
MAX_LEN := 1200
