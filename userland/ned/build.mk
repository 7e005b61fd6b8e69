# SPDX-License-Identifier: MIT
PROG := ned
SRCS := main.c lua_call.c lua_cap.c lua_factory.c lua_namespace.c lua_task.c lua_misc.c task.c command.c
EMBED := ned.lua loader.lua
LIBS := lua loader elf srv l4re libc
