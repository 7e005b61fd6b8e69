# SPDX-License-Identifier: MIT
LIB  := virtio
SRCS := bus.c mmio.c
LIBS := dma vbus srv l4re
