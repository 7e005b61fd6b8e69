# SPDX-License-Identifier: MIT
TEST := l4re_client
SRCS := tests/unit/l4re_client_test.c userland/lib/l4re/dataspace.c userland/lib/l4re/cap_alloc.c \
        userland/lib/l4re/env.c userland/lib/l4re/namespace.c userland/lib/l4re/mutex.c userland/lib/l4re/random.c
INCS := userland/lib/l4re/include kernel/include
LIBS := check
