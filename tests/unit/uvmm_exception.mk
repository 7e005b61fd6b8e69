# SPDX-License-Identifier: MIT
TEST := uvmm_exception
SRCS := tests/unit/uvmm_exception_test.c userland/uvmm/vcpu/exception.c
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include
LIBS := check
