# SPDX-License-Identifier: MIT
# Client side of the system's interfaces: environment, capabilities, dataspaces, region map, namespaces, log.
LIB := l4re
SRCS := env.c cap_alloc.c dataspace.c mem_alloc.c rm.c namespace.c log.c parent.c mutex.c file.c kumem.c \
        dma_space.c dma_space_mgr.c debug.c event.c inhibitor.c rm_info.c rescue.c random.c
LIBS := mem
# Also runs in servers and handlers that leave the FP registers to their clients.
CFLAGS_EXTRA := -mgeneral-regs-only
