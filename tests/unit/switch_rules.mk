# SPDX-License-Identifier: MIT
TEST := switch_rules
SRCS := tests/unit/switch_rules_test.c $(addprefix userland/l4vio_switch/,mac_table.c vlan.c frame.c options.c command_line.c) \
        userland/lib/net/options.c
INCS := userland/l4vio_switch userland/lib/net/include
LIBS := check
