# SPDX-License-Identifier: MIT
TEST := net_lane
SRCS := tests/unit/net_lane_test.c tests/unit/host_guard.c userland/lib/mem/guard.c userland/virtio-net-drv/lane.c \
        $(addprefix userland/lib/virtqueue/,mem.c device.c driver.c)
INCS := userland/lib/mem/include userland/lib/virtqueue/include userland/lib/net/include userland/virtio-net-drv
LIBS := check
