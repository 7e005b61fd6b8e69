# SPDX-License-Identifier: MIT
TEST := uvmm_flash
SRCS := tests/unit/uvmm_flash_test.c userland/uvmm/device/flash_regs.c
INCS := userland/uvmm
LIBS := check
