# SPDX-License-Identifier: MIT
PROG := io
SRCS := main.c bus.c config.c config_pci.c memory_map.c iomem.c vbus.c vbus_dataspace.c vbus_pci.c vicu.c \
        pci/ecam.c pci/scan.c pci/enumerate.c pci/bars.c pci/assign.c pci/intx.c pci/function.c
EMBED := io.lua
LIBS := vbus pci lua srv l4re libc
