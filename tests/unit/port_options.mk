# SPDX-License-Identifier: MIT
TEST := port_options
SRCS := tests/unit/port_options_test.c userland/lib/net/options.c
INCS := userland/lib/net/include userland/lib/net/include/l4/net
LIBS := check
