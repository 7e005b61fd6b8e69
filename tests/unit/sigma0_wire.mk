# SPDX-License-Identifier: MIT
TEST := sigma0_wire
SRCS := tests/unit/sigma0_wire_test.c $(addprefix userland/sigma0/,main.c region.c mem_map.c meta.c)
INCS := userland/sigma0 userland/lib/ssp/include kernel/include
LIBS := check
