# SPDX-License-Identifier: MIT
TEST := uvmm_vgic
SRCS := $(addprefix tests/unit/uvmm_,vgic_test.c vgic_registers_test.c vgic_setup.c stubs.c) \
        $(addprefix userland/uvmm/vgic/,dist.c lists.c own.c \
        timer.c block.c gicd.c gicr.c lpi.c)
INCS := tests/unit userland/uvmm kernel/include
LIBS := check
