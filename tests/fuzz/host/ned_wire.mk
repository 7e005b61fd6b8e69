# SPDX-License-Identifier: MIT
FUZZER := ned_wire
FUZZED := userland/ned/command.c userland/ned-prompt/command.c
SRCS := tests/fuzz/host/quiet.c userland/ned/lua_cap.c userland/ned/lua_call.c userland/ned/lua_namespace.c \
	$(addprefix userland/lib/srv/,meta.c msg.c) \
	$(addprefix userland/lib/l4re/,namespace.c cap_alloc.c mutex.c env.c)
INCS := userland/ned userland/ned-prompt userland/lib/srv/include userland/lib/loader/include userland/lib/l4re/include \
	kernel/include
LIBS := lua
MAX_LEN := 600
