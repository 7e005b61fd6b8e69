# SPDX-License-Identifier: MIT
TEST := uvmm_vgic
SRCS := tests/unit/uvmm_vgic_test.c tests/unit/uvmm_stubs.c userland/uvmm/vgic/dist.c \
        userland/uvmm/vgic/lr.c userland/uvmm/vgic/block.c userland/uvmm/vgic/gicd.c \
        userland/uvmm/vgic/gicr.c
INCS := userland/uvmm kernel/include
LIBS := check
