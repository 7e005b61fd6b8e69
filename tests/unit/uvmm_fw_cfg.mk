# SPDX-License-Identifier: MIT
TEST := uvmm_fw_cfg
SRCS := tests/unit/uvmm_fw_cfg_test.c userland/uvmm/device/fw_cfg_regs.c userland/uvmm/boot/ram_map.c
INCS := userland/uvmm
LIBS := check
