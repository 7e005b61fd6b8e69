# SPDX-License-Identifier: MIT
TEST := cons_mux
SRCS := tests/unit/cons_mux_test.c userland/cons/cons.c userland/cons/mux.c userland/cons/screen.c \
	userland/cons/keys.c userland/cons/line_edit.c userland/cons/command.c \
	userland/cons/command_list.c userland/cons/command_output.c userland/cons/command_power.c \
	userland/cons/client.c userland/cons/clients.c userland/cons/outbuf.c userland/cons/inbuf.c
INCS := userland/cons kernel/include
LIBS := check
