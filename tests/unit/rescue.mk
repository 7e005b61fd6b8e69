# SPDX-License-Identifier: MIT
TEST := rescue
SRCS := tests/unit/rescue_test.c userland/l4re/rescue.c
INCS := userland/l4re kernel/include
LIBS := check
