# SPDX-License-Identifier: MIT
TEST := net_forward
SRCS := tests/unit/net_forward_test.c tests/unit/host_guard.c userland/lib/mem/guard.c userland/l4vio_net_p2p/forward.c \
        userland/lib/net/packet.c userland/lib/net/offload.c userland/lib/virtqueue/mem.c \
        userland/lib/virtqueue/device.c userland/lib/virtqueue/driver.c
INCS := userland/lib/mem/include userland/lib/virtqueue/include userland/lib/net/include userland/lib/net/include/l4/net \
        userland/l4vio_net_p2p kernel/include
LIBS := check
