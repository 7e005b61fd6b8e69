# SPDX-License-Identifier: MIT
PROG := l4vio_switch
SRCS := main.c command_line.c options.c port.c stats.c switch.c vlan.c mac_table.c frame.c
LIBS := net l4virtio virtqueue srv l4re libc
