# SPDX-License-Identifier: MIT
TEST := virtqueue
SRCS := tests/unit/virtqueue_test.c userland/lib/virtqueue/mem.c userland/lib/virtqueue/device.c \
        userland/lib/virtqueue/driver.c
INCS := userland/lib/virtqueue/include
LIBS := check
