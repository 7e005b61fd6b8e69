# SPDX-License-Identifier: MIT
# The in-task runtime: region map, pager and ELF loader of each program.
PROG := l4re
SRCS := main.c runtime.c memory.c import.c load.c app_stack.c app_thread.c rm_server.c \
	fault.c exception.c backtrace.c
LIBS := region srv elf l4re mem libc
LINK := 0xc0000000
# A page fault must not cost the faulting thread a switch of the FP state.
CFLAGS_EXTRA := -mgeneral-regs-only
