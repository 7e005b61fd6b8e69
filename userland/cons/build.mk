# SPDX-License-Identifier: MIT
PROG := cons
SRCS := main.c server.c factory.c vcon_client.c frontend.c chunk_mem.c cons.c mux.c screen.c keys.c \
	line_edit.c command.c command_list.c command_output.c command_power.c client.c clients.c \
	outbuf.c inbuf.c options.c machine.c
LIBS := srv l4re libc
