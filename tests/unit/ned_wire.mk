# SPDX-License-Identifier: MIT
TEST := ned_wire
SRCS := tests/unit/ned_wire_test.c userland/ned/command.c userland/ned/lua_cap.c userland/ned/lua_call.c \
        userland/ned/lua_namespace.c userland/ned-prompt/command.c userland/lib/srv/meta.c userland/lib/srv/msg.c \
        userland/lib/l4re/namespace.c userland/lib/l4re/cap_alloc.c userland/lib/l4re/mutex.c userland/lib/l4re/env.c
INCS := userland/ned userland/ned-prompt userland/lib/srv/include userland/lib/loader/include \
        userland/lib/l4re/include kernel/include
LIBS := check lua
