# SPDX-License-Identifier: MIT
TEST := uvmm_guest
SRCS := tests/unit/uvmm_guest_test.c tests/unit/uvmm_stubs.c userland/uvmm/dt.c \
        userland/uvmm/ram_map.c userland/uvmm/mmio_map.c userland/uvmm/kernel_image.c \
        userland/uvmm/options.c userland/uvmm/id_mask.c
INCS := userland/uvmm
LIBS := check fdt
