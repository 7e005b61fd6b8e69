# SPDX-License-Identifier: MIT
PROG := io
SRCS := main.c bus.c config.c memory_map.c iomem.c vbus.c vbus_dataspace.c vicu.c
EMBED := io.lua
LIBS := vbus lua srv l4re libc
