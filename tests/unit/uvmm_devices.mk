# SPDX-License-Identifier: MIT
TEST := uvmm_devices
SRCS := tests/unit/uvmm_devices_test.c userland/uvmm/device/pl011_regs.c userland/uvmm/device/virtio_mmio.c
INCS := userland/uvmm
LIBS := check
