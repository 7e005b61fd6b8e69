# SPDX-License-Identifier: MIT
TEST := uvmm_vgic
SRCS := tests/unit/uvmm_vgic_test.c tests/unit/uvmm_stubs.c userland/uvmm/vgic_dist.c \
        userland/uvmm/vgic_lr.c userland/uvmm/vgic_regs.c userland/uvmm/vgic_gicd.c \
        userland/uvmm/vgic_gicr.c
INCS := userland/uvmm kernel/include
LIBS := check
