# SPDX-License-Identifier: MIT
TEST := uvmm_guest
SRCS := tests/unit/uvmm_guest_test.c tests/unit/uvmm_stubs.c userland/uvmm/boot/dt.c \
        userland/uvmm/boot/ram_map.c userland/uvmm/device/mmio_map.c userland/uvmm/boot/kernel_image.c \
        userland/uvmm/options.c userland/uvmm/vcpu/placement.c userland/uvmm/vcpu/id_mask.c userland/uvmm/vcpu/debug_regs.c
INCS := userland/uvmm kernel/include
LIBS := check fdt
