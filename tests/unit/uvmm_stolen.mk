# SPDX-License-Identifier: MIT
TEST := uvmm_stolen
SRCS := tests/unit/uvmm_stolen_test.c userland/uvmm/vcpu/stolen_time.c
INCS := userland/uvmm
LIBS := check
