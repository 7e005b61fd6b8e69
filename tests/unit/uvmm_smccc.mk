# SPDX-License-Identifier: MIT
TEST := uvmm_smccc
SRCS := tests/unit/uvmm_smccc_test.c tests/unit/uvmm_stubs.c userland/uvmm/vcpu/smccc.c \
        userland/uvmm/vcpu/exception.c
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include
LIBS := check
