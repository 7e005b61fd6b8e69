# SPDX-License-Identifier: MIT
PROG := rom-drv
SRCS := main.c memory_disk.c
LIBS := block l4virtio virtqueue srv l4re libc mem z
