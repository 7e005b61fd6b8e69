# SPDX-License-Identifier: MIT
TEST := uvmm_stage1
SRCS := tests/unit/uvmm_stage1_test.c userland/uvmm/vcpu/stage1.c
INCS := userland/uvmm
LIBS := check
