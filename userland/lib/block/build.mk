# SPDX-License-Identifier: MIT
LIB  := block
SRCS := server.c options.c scan.c partition.c gpt.c mbr.c volume.c client.c request.c
LIBS := l4virtio virtqueue srv l4re libc mem z
