# SPDX-License-Identifier: MIT
LIB  := net
SRCS := packet.c offload.c options.c device.c server.c
LIBS := l4virtio virtqueue srv l4re libc mem
