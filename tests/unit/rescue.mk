# SPDX-License-Identifier: MIT
TEST := rescue
SRCS := tests/unit/rescue_test.c userland/lib/region/rescue.c userland/lib/srv/msg.c
INCS := userland/lib/region/include userland/lib/srv/include kernel/include
LIBS := check
