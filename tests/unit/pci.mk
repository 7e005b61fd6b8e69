# SPDX-License-Identifier: MIT
TEST := pci
SRCS := tests/unit/pci_test.c $(addprefix userland/io/pci/,scan.c enumerate.c bars.c assign.c intx.c function.c) \
        userland/lib/pci/vconfig.c userland/lib/pci/caps.c
INCS := userland/io userland/lib/pci/include kernel/include
LIBS := check
