# SPDX-License-Identifier: MIT
TEST := block_volumes
SRCS := tests/unit/block_volumes_test.c $(addprefix userland/lib/block/,volume.c options.c)
INCS := userland/lib/block userland/lib/block/include userland/lib/virtqueue/include userland/lib/l4virtio/include \
        userland/lib/srv/include userland/lib/l4re/include userland/lib/mem/include kernel/include
LIBS := check
