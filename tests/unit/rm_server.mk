# SPDX-License-Identifier: MIT
TEST := rm_server
SRCS := $(addprefix tests/unit/,rm_server_test.c rm_world.c) $(addprefix userland/l4re/,rm_server.c memory.c fault.c import.c) \
	$(addprefix userland/lib/region/,region.c map.c protocol.c rescue.c) userland/lib/srv/msg.c \
	$(addprefix userland/lib/l4re/,dataspace.c mem_alloc.c cap_alloc.c env.c rm.c)
INCS := tests/unit userland/l4re userland/lib/region/include userland/lib/srv/include userland/lib/l4re/include kernel/include
LIBS := check
