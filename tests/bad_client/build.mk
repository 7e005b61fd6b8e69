# SPDX-License-Identifier: MIT
# A program that does to its servers what it can; `bad-client net` and the like.
PROG := bad-client
SRCS := main.c port.c net.c slots.c bus.c load.c
LIBS := vbus l4virtio virtqueue srv l4re libc
