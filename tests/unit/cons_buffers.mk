# SPDX-License-Identifier: MIT
TEST := cons_buffers
SRCS := tests/unit/cons_buffers_test.c userland/cons/outbuf.c userland/cons/inbuf.c \
	userland/cons/client.c userland/cons/options.c userland/cons/keys.c userland/cons/line_edit.c
INCS := userland/cons kernel/include
LIBS := check
