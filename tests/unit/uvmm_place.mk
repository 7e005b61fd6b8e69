# SPDX-License-Identifier: MIT
TEST := uvmm_place
SRCS := tests/unit/uvmm_place_test.c tests/unit/uvmm_stubs.c userland/uvmm/boot/dt.c userland/uvmm/boot/ram_map.c \
        userland/uvmm/boot/reserved.c
INCS := userland/uvmm
LIBS := check fdt
