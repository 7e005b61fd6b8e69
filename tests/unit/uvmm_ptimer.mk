# SPDX-License-Identifier: MIT
TEST := uvmm_ptimer
SRCS := tests/unit/uvmm_ptimer_test.c userland/uvmm/vcpu/ptimer.c
INCS := userland/uvmm
LIBS := check
