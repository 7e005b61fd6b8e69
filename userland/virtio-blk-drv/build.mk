# SPDX-License-Identifier: MIT
PROG := virtio-blk-drv
SRCS := main.c virtio_disk.c
LIBS := block virtio dma l4virtio virtqueue vbus srv l4re libc mem z
