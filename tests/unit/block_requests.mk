# SPDX-License-Identifier: MIT
TEST := block_requests
SRCS := tests/unit/block_requests_test.c tests/unit/host_guard.c userland/lib/mem/guard.c userland/lib/block/request.c \
        userland/rom-drv/memory_disk.c $(addprefix userland/lib/virtqueue/,mem.c device.c driver.c)
INCS := userland/lib/mem/include userland/lib/virtqueue/include userland/lib/block userland/lib/block/include userland/rom-drv \
        kernel/include
LIBS := check
