# SPDX-License-Identifier: MIT
TEST := l4virtio_device
SRCS := tests/unit/l4virtio_device_test.c tests/unit/host_guard.c userland/lib/mem/guard.c userland/lib/l4virtio/device.c \
        userland/lib/l4virtio/memory.c userland/lib/l4virtio/config.c \
        userland/lib/l4virtio/driver.c userland/lib/virtqueue/mem.c \
        userland/lib/virtqueue/device.c userland/lib/srv/msg.c \
        userland/lib/srv/icu.c userland/lib/srv/timer.c
INCS := userland/lib/mem/include userland/lib/l4virtio/include userland/lib/virtqueue/include userland/lib/srv/include \
        userland/lib/l4re/include kernel/include
LIBS := check
