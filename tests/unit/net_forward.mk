# SPDX-License-Identifier: MIT
TEST := net_forward
SRCS := tests/unit/net_forward_test.c userland/l4vio_net_p2p/forward.c \
        userland/l4vio_net_p2p/offload.c userland/lib/virtqueue/mem.c \
        userland/lib/virtqueue/device.c userland/lib/virtqueue/driver.c
INCS := userland/lib/virtqueue/include userland/l4vio_net_p2p
LIBS := check
