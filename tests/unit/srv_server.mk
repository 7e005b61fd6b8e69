# SPDX-License-Identifier: MIT
TEST := srv_server
SRCS := tests/unit/srv_server_test.c userland/lib/srv/msg.c userland/lib/srv/registry.c \
        userland/lib/srv/timer.c userland/lib/srv/server.c userland/lib/srv/icu.c userland/lib/srv/meta.c \
        userland/lib/l4re/mutex.c userland/lib/l4re/cap_alloc.c userland/lib/l4re/env.c
INCS := userland/lib/srv/include userland/lib/l4re/include kernel/include
LIBS := check
