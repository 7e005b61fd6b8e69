# SPDX-License-Identifier: MIT
TEST := uvmm_tree
SRCS := tests/unit/uvmm_tree_test.c tests/unit/uvmm_stubs.c userland/uvmm/boot/dt.c userland/uvmm/boot/dt_cpus.c \
        userland/uvmm/boot/overlay.c
INCS := userland/uvmm
LIBS := check fdt
