# SPDX-License-Identifier: MIT
TEST := moe_rm
SRCS := tests/unit/moe_rm_test.c userland/moe/rm.c userland/moe/rm_fault.c \
	$(addprefix userland/lib/region/,region.c map.c protocol.c rescue.c backtrace.c) userland/lib/srv/msg.c
INCS := tests/unit userland/moe userland/lib/region/include userland/lib/srv/include userland/lib/l4re/include kernel/include
LIBS := check
