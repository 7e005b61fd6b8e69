# SPDX-License-Identifier: MIT
TEST := vbus
SRCS := tests/unit/vbus_test.c userland/io/vbus.c userland/io/vbus_dataspace.c userland/io/vbus_pci.c userland/io/vicu.c \
        userland/io/pci/function.c userland/io/pci/enumerate.c userland/io/pci/bars.c userland/lib/pci/vconfig.c \
        userland/io/bus.c userland/lib/vbus/client.c userland/lib/srv/msg.c userland/lib/srv/icu.c
INCS := userland/io userland/lib/pci/include userland/lib/vbus/include userland/lib/srv/include userland/lib/l4re/include \
        kernel/include
LIBS := check
