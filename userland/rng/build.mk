# SPDX-License-Identifier: MIT
PROG := rng
SRCS := main.c clients.c sources.c entropy.c drbg.c chacha20.c budget.c device.c rndr.c rndr_read.S
LIBS := rng virtio dma virtqueue vbus srv l4re libc mem
