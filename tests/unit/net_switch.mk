# SPDX-License-Identifier: MIT
TEST := net_switch
SRCS := tests/unit/net_switch_test.c tests/unit/host_guard.c userland/lib/mem/guard.c \
        $(addprefix userland/l4vio_switch/,switch.c mac_table.c vlan.c frame.c) \
        userland/lib/net/packet.c userland/lib/net/offload.c \
        $(addprefix userland/lib/virtqueue/,mem.c device.c driver.c)
INCS := userland/lib/mem/include userland/lib/virtqueue/include userland/lib/net/include userland/l4vio_switch kernel/include
LIBS := check
