# SPDX-License-Identifier: MIT
TEST := moe_text
SRCS := tests/unit/moe_text_test.c userland/moe/log_format.c userland/moe/names.c \
	userland/moe/options.c userland/moe/cpu_set.c
INCS := userland/moe
LIBS := check
