# SPDX-License-Identifier: MIT
TEST := l4virtio_config
SRCS := tests/unit/l4virtio_config_test.c tests/unit/host_guard.c userland/lib/mem/guard.c userland/lib/l4virtio/config.c \
        userland/lib/virtqueue/mem.c userland/lib/virtqueue/device.c
INCS := userland/lib/mem/include userland/lib/l4virtio/include userland/lib/virtqueue/include
LIBS := check
