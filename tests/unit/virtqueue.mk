# SPDX-License-Identifier: MIT
TEST := virtqueue
SRCS := tests/unit/virtqueue_test.c tests/unit/host_guard.c userland/lib/mem/guard.c \
        userland/lib/virtqueue/mem.c userland/lib/virtqueue/device.c userland/lib/virtqueue/driver.c
INCS := userland/lib/mem/include userland/lib/virtqueue/include
LIBS := check
