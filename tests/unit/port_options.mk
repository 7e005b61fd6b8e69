# SPDX-License-Identifier: MIT
TEST := port_options
SRCS := tests/unit/port_options_test.c userland/l4vio_net_p2p/options.c
INCS := userland/l4vio_net_p2p
LIBS := check
