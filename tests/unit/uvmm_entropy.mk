# SPDX-License-Identifier: MIT
TEST := uvmm_entropy
SRCS := tests/unit/uvmm_entropy_test.c tests/unit/host_guard.c userland/lib/mem/guard.c \
        userland/lib/virtqueue/mem.c userland/lib/virtqueue/device.c userland/uvmm/device/entropy_queue.c
INCS := userland/uvmm userland/lib/mem/include userland/lib/virtqueue/include
LIBS := check
