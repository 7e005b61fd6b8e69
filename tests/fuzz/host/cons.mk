# SPDX-License-Identifier: MIT
FUZZER := cons
FUZZED := $(addprefix userland/cons/,client.c clients.c command.c command_list.c command_output.c command_power.c cons.c \
	factory.c \
	inbuf.c keys.c line_edit.c mux.c options.c outbuf.c screen.c vcon_client.c)
SRCS := $(addprefix userland/lib/srv/,msg.c icu.c share.c factory_args.c)
INCS := userland/cons userland/lib/srv/include userland/lib/l4re/include kernel/include
MAX_LEN := 1500
