# SPDX-License-Identifier: MIT
# Costs of kernel and runtime operations, and of the switch's copy, in guest instructions; bench.py boots it and prints the
# table.
PROG := bench
SRCS := main.c ipc.c calls.c memory.c measure.c net.c ../../userland/l4vio_net_p2p/forward.c \
	$(addprefix ../../userland/l4vio_switch/,switch.c mac_table.c vlan.c frame.c)
LIBS := net virtqueue l4re libc
CFLAGS_EXTRA := -Iuserland/l4vio_net_p2p -Iuserland/l4vio_switch
