# SPDX-License-Identifier: MIT
TEST := uvmm_clocks
SRCS := tests/unit/uvmm_clocks_test.c userland/uvmm/device/pl031_regs.c userland/uvmm/device/sp805_regs.c
INCS := userland/uvmm
LIBS := check
