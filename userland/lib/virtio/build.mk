# SPDX-License-Identifier: MIT
LIB  := virtio
SRCS := mmio.c
LIBS := l4re
