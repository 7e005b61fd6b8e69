# SPDX-License-Identifier: MIT
FUZZER := moe
FUZZED := $(addprefix userland/moe/,server.c factory.c dataspace.c namespace.c names.c log.c log_format.c sched_proxy.c \
	cpu_set.c dma_space.c rm.c rm_fault.c object.c) $(addprefix userland/lib/region/,region.c map.c protocol.c rescue.c \
	backtrace.c)
SRCS := tests/unit/moe_kernel.c $(addprefix userland/moe/,frames.c quota.c heap.c page_table.c phys_mem.c ram.c rom.c slots.c \
	say.c) $(addprefix userland/lib/srv/,msg.c meta.c factory_args.c)
INCS := userland/moe userland/lib/region/include userland/lib/srv/include userland/lib/l4re/include kernel/include
MAX_LEN := 1500
