# SPDX-License-Identifier: MIT
TEST := srv_msg
SRCS := tests/unit/srv_msg_test.c userland/lib/srv/msg.c userland/lib/srv/factory_args.c
INCS := userland/lib/srv/include userland/lib/l4re/include kernel/include
LIBS := check
