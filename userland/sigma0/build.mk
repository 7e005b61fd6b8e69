# SPDX-License-Identifier: MIT
PROG := sigma0
SRCS := start.S main.c region.c mem_map.c meta.c
LIBS := elf ssp
LINK := pie
CRT  := own
# A page fault must not cost the faulting thread a switch of the FP state.
CFLAGS_EXTRA := -mgeneral-regs-only
