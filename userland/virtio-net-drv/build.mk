# SPDX-License-Identifier: MIT
PROG := virtio-net-drv
SRCS := lane.c main.c nic.c port.c
LIBS := virtio dma net l4virtio virtqueue vbus srv l4re libc mem
