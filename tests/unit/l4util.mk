# SPDX-License-Identifier: MIT
TEST := l4util
SRCS := tests/unit/l4util_test.c userland/lib/l4util/base64.c userland/lib/l4util/human_size.c \
        userland/lib/l4util/list_alloc.c userland/lib/l4util/rand.c userland/lib/l4util/backtrace.c
INCS := userland/lib/l4util/include kernel/include
LIBS := check
