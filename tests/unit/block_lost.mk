# SPDX-License-Identifier: MIT
TEST := block_lost
SRCS := tests/unit/block_lost_test.c tests/unit/block_lost_client.c tests/unit/block_lost_disk.c tests/unit/host_guard.c \
        userland/virtio-blk-drv/virtio_disk.c $(addprefix userland/lib/block/,client.c volume.c request.c) \
        userland/lib/l4virtio/config.c userland/lib/srv/timer.c userland/lib/mem/guard.c \
        $(addprefix userland/lib/virtqueue/,mem.c device.c driver.c)
INCS := userland/virtio-blk-drv userland/lib/virtio/include userland/lib/dma/include userland/lib/mem/include \
        userland/lib/virtqueue/include userland/lib/l4virtio/include userland/lib/srv/include userland/lib/l4re/include \
        userland/lib/block userland/lib/block/include kernel/include
LIBS := check
CFLAGS_EXTRA := -O1
