# SPDX-License-Identifier: MIT
# A guest with a device that copies memory, QEMU's "edu", which it sends where it has no right to (dma.ned). Its neighbour is the
# enemy's.
DMA_SRCS := dma/main.c
