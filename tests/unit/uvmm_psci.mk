# SPDX-License-Identifier: MIT
TEST := uvmm_psci
SRCS := tests/unit/uvmm_psci_test.c tests/unit/uvmm_stubs.c userland/uvmm/vcpu/psci.c \
        userland/uvmm/boot/ram_map.c userland/uvmm/device/mmio_map.c
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include
LIBS := check
