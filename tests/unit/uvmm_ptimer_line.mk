# SPDX-License-Identifier: MIT
TEST := uvmm_ptimer_line
SRCS := tests/unit/uvmm_ptimer_line_test.c tests/unit/uvmm_stubs.c userland/uvmm/vcpu/ptimer.c \
        userland/uvmm/vcpu/ptimer_line.c
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include
LIBS := check
