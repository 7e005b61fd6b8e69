# SPDX-License-Identifier: MIT
PROG := l4vio_net_p2p
SRCS := main.c port.c forward.c
LIBS := net l4virtio virtqueue srv l4re libc
