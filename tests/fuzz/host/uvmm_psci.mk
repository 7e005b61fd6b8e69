# SPDX-License-Identifier: MIT
FUZZER := uvmm_psci
FUZZED := userland/uvmm/vcpu/psci.c
SRCS := tests/unit/uvmm_stubs.c userland/uvmm/boot/ram_map.c userland/uvmm/device/mmio_map.c
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include
