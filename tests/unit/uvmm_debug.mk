# SPDX-License-Identifier: MIT
TEST := uvmm_debug
SRCS := tests/unit/uvmm_debug_test.c userland/uvmm/vcpu/debug_regs.c
INCS := userland/uvmm kernel/include
LIBS := check
