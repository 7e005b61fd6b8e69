# SPDX-License-Identifier: MIT
# The root task: memory, rom/, logs, scheduler proxies, region maps. Starts the first program.
PROG := moe
SRCS := start.S main.c say.c ssp.c stack.c clear.S \
        frames.c quota.c heap.c log_format.c names.c options.c cpu_set.c \
        phys_mem.c ram.c slots.c object.c server.c factory.c \
        dataspace.c page_table.c rm.c rm_fault.c namespace.c log.c sched_proxy.c dma_space.c \
        parent.c rom.c start_init.c
LIBS := loader elf region srv l4re ssp
LINK := pie
CRT  := own
# A page fault must not cost the faulting thread a switch of the FP state.
CFLAGS_EXTRA := -mgeneral-regs-only
