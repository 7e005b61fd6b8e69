# SPDX-License-Identifier: MIT
TEST := uvmm_its
SRCS := $(addprefix tests/unit/uvmm_,its_test.c its_delivery_test.c its_setup.c vgic_setup.c stubs.c) \
        $(addprefix userland/uvmm/vgic/,dist.c lists.c own.c timer.c block.c gicd.c gicr.c lpi.c its.c its_map.c \
        its_commands.c)
INCS := tests/unit userland/uvmm kernel/include
LIBS := check
