# SPDX-License-Identifier: MIT
FUZZER := rm_server
FUZZED := $(addprefix userland/l4re/,rm_server.c memory.c fault.c) $(addprefix userland/lib/region/,region.c map.c \
	protocol.c rescue.c) \
	userland/lib/srv/msg.c
SRCS := tests/unit/rm_world.c userland/l4re/import.c $(addprefix userland/lib/l4re/,dataspace.c mem_alloc.c cap_alloc.c \
	env.c rm.c)
INCS := userland/l4re userland/lib/region/include userland/lib/srv/include userland/lib/l4re/include kernel/include
MAX_LEN := 1200
