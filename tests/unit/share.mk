# SPDX-License-Identifier: MIT
TEST := share
SRCS := tests/unit/share_test.c userland/lib/srv/share.c userland/lib/srv/factory_args.c userland/lib/srv/msg.c
INCS := userland/lib/srv/include userland/lib/l4re/include kernel/include
LIBS := check
