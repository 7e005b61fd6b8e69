# SPDX-License-Identifier: MIT
TEST := uvmm_vgic
SRCS := tests/unit/uvmm_vgic_test.c tests/unit/uvmm_stubs.c $(addprefix userland/uvmm/vgic/,dist.c lists.c own.c \
        timer.c block.c gicd.c gicr.c)
INCS := userland/uvmm kernel/include
LIBS := check
