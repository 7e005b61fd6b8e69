# SPDX-License-Identifier: MIT
TEST := l4re_servers
SRCS := tests/unit/l4re_servers_test.c userland/lib/l4re/debug.c userland/lib/l4re/event.c userland/lib/l4re/inhibitor.c \
        userland/lib/l4re/rm_info.c userland/lib/l4re/dma_space_mgr.c
INCS := userland/lib/l4re/include kernel/include userland/lib/l4re
LIBS := check
