# SPDX-License-Identifier: MIT
TEST := io_config
SRCS := tests/unit/io_config_test.c userland/io/config.c userland/io/bus.c \
        userland/io/memory_map.c
EMBED := userland/io/io.lua
INCS := userland/io userland/lib/vbus/include kernel/include
LIBS := check lua
