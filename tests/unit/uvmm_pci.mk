# SPDX-License-Identifier: MIT
TEST := uvmm_pci
SRCS := tests/unit/uvmm_pci_test.c tests/unit/uvmm_stubs.c userland/uvmm/device/pci_regs.c userland/uvmm/device/pci_node.c \
        userland/uvmm/boot/dt.c userland/lib/pci/vconfig.c
INCS := userland/uvmm userland/lib/pci/include kernel/include
LIBS := check fdt
