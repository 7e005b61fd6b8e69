# SPDX-License-Identifier: MIT
TEST := block_clients
SRCS := tests/unit/block_clients_test.c tests/unit/host_guard.c userland/lib/mem/guard.c \
        $(addprefix userland/lib/block/,client.c volume.c request.c) userland/lib/l4virtio/config.c userland/lib/srv/timer.c \
        $(addprefix userland/lib/virtqueue/,mem.c device.c driver.c)
INCS := userland/lib/mem/include userland/lib/virtqueue/include userland/lib/l4virtio/include userland/lib/srv/include \
        userland/lib/l4re/include userland/lib/block userland/lib/block/include kernel/include
LIBS := check
