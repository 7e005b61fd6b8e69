# SPDX-License-Identifier: MIT
TEST := uvmm_abort
SRCS := tests/unit/uvmm_abort_test.c tests/unit/uvmm_stubs.c userland/uvmm/vcpu/abort.c userland/uvmm/vcpu/decode.c \
        userland/uvmm/vcpu/stage1.c userland/uvmm/vcpu/exception.c userland/uvmm/boot/ram_map.c \
        userland/uvmm/device/mmio_map.c
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include
LIBS := check
