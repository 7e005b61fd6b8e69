# SPDX-License-Identifier: MIT
TEST := backtrace
SRCS := tests/unit/backtrace_test.c userland/lib/region/backtrace.c userland/lib/region/region.c userland/lib/region/map.c
INCS := userland/lib/region/include userland/lib/l4re/include kernel/include
LIBS := check
