# SPDX-License-Identifier: MIT
TEST := l4re_wire
SRCS := tests/unit/l4re_wire_test.c \
        $(addprefix userland/lib/l4re/,dataspace.c mem_alloc.c namespace.c dma_space.c dma_space_mgr.c)
INCS := userland/lib/l4re/include userland/lib/l4re kernel/include
LIBS := check
