# SPDX-License-Identifier: MIT
LIB  := l4virtio
SRCS := config.c device.c memory.c driver.c
LIBS := virtqueue srv l4re libc mem
