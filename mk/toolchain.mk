# SPDX-License-Identifier: MIT
# Compilers and flags. CROSS_COMPILE= selects another GNU toolchain for AArch64.

CROSS_COMPILE ?= aarch64-linux-gnu-
PICOLIBC      ?= /usr/lib/picolibc/aarch64-linux-gnu
CC      := $(CROSS_COMPILE)gcc
CXX     := $(CROSS_COMPILE)g++
AR      := $(CROSS_COMPILE)ar
OBJCOPY := $(CROSS_COMPILE)objcopy
STRIP   := $(CROSS_COMPILE)strip
ADDR2LINE := $(CROSS_COMPILE)addr2line
HOSTCC  ?= gcc
LUA     ?= lua5.4
PYTHON  ?= /usr/bin/python3

# One build of everything serves all boards.
O := $(B)/arm64

WARNINGS := -Wall -Wextra -Werror
# For all that runs on the board.
STRICT_C := -Wstrict-prototypes -Wmissing-prototypes
STRICT   := -Wconversion -Wshadow $(STRICT_C) -Wundef -Wvla
# Errata of the Cortex-A53, worked around by compiler and linker. Some toolchains do it only when
# asked. For every compilation and every link.
CORE_FIXES := -mfix-cortex-a53-835769 -mfix-cortex-a53-843419
CODEGEN  := -march=armv8-a $(CORE_FIXES) -mno-outline-atomics -O2 -g -std=gnu17 $(WARNINGS) $(STRICT) \
	-ffunction-sections -fdata-sections -fno-common -fno-asynchronous-unwind-tables \
	-ffile-prefix-map=$(CURDIR)/=
# Functions with arrays check that nobody has written past them (kernel/stack_guard.c, userland/lib/ssp). Boot has no random
# guard yet, and is gone when others run. `make PROTECT= FORTIFY=` builds without.
PROTECT  := -fstack-protector-strong
FORTIFY  := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 # sizes that the compiler knows are checked by the C library
# No header of the machine's own C library may slip in.
ifdef NEEDS_BUILD
GCC_INCLUDE := $(shell $(CC) -print-file-name=include 2>/dev/null)
# Set-up brings the usual one.
ifneq ($(origin CROSS_COMPILE),file)
ifeq ($(GCC_INCLUDE),)
$(error CROSS_COMPILE=$(CROSS_COMPILE): there is no compiler '$(CC)')
endif
endif
endif
LIBC_INCLUDE := -nostdinc -isystem $(GCC_INCLUDE) -isystem $(PICOLIBC)/include
# C++ has the headers of the compiler's library, before the C library's; nothing is linked from that library.
ifdef NEEDS_BUILD
CXX_INCLUDE := $(shell $(CXX) -E -x c++ -v /dev/null 2>&1 | sed -n 's|^ \(/.*/c++/[0-9].*\)|\1|p' | xargs -r realpath)
endif
LIBGCC = $(shell $(CC) -print-libgcc-file-name)

# Backtraces follow the chain of frame records. It costs nothing: the compiler keeps one anyway, with a frame record in each
# function that calls another. A leaf is without, so a backtrace has the link register, too.
FRAMES := -fno-omit-frame-pointer -momit-leaf-frame-pointer
# On AArch64 code of the small model is position-independent by nature: only pointers in data
# need relocation, also in constant data; boot applies them before anyone maps a page. So one set
# of objects serves fixed programs and static-pie ones.
USER_CFLAGS := $(CODEGEN) $(FRAMES) $(PROTECT) $(FORTIFY) -fno-pie -ftls-model=local-exec $(LIBC_INCLUDE) -Ikernel/include
# No exceptions, no RTTI.
USER_CXXFLAGS := -std=gnu++17 -fno-exceptions -fno-rtti -nostdinc++ \
	$(addprefix -isystem ,$(CXX_INCLUDE)) $(filter-out -std=gnu17 -Wshadow $(STRICT_C),$(USER_CFLAGS)) -Wshadow=local
KERNEL_CFLAGS := $(CODEGEN) -ffreestanding -mgeneral-regs-only -mstrict-align -fno-pic \
	-mcmodel=small $(PROTECT) -nostdinc -isystem $(GCC_INCLUDE) \
	-Ikernel -Ikernel/include -Ikernel/arch/arm64/include

# $(call make_offsets,FLAGS): the recipe of a header of numbers from a C source that is compiled to assembler text, whose
# lines "->NAME value" become #defines. Its lines are made by OFFSET() of mk/offsets.h. The rule names the source; its list of
# headers must not: a source that has moved would be something that nobody can make.
make_offsets = $(CC) $1 -I. -fno-lto -MMD -MP -MT $@ -MF $@.d -S $< -o $@.s && sed -i 's|$<||' $@.d && \
	awk 'BEGIN { print "// Generated from $<"; print "\#pragma once" } \
		match($$0, /->[A-Za-z0-9_]+ [\#$$]?-?[0-9]+/) { split(substr($$0, RSTART + 2, RLENGTH - 2), f, " "); \
		sub(/^[\#$$]/, "", f[2]); print "\#define " f[1] " " f[2] }' $@.s >$@

# Changes whenever compiler or flags do, also those of links; every object and every link depends
# on it. kernel.mk writes it, when all flags are known.
FLAGS_STAMP := $(O)/flags.stamp
