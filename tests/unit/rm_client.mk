# SPDX-License-Identifier: MIT
TEST := rm_client
SRCS := tests/unit/rm_client_test.c userland/lib/l4re/rm.c
INCS := tests/unit userland/lib/l4re/include kernel/include
LIBS := check
