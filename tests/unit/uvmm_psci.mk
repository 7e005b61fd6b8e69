# SPDX-License-Identifier: MIT
TEST := uvmm_psci
SRCS := tests/unit/uvmm_psci_test.c tests/unit/uvmm_stubs.c userland/uvmm/vcpu/psci.c
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include
LIBS := check
