# SPDX-License-Identifier: MIT
FUZZER := uvmm_files
FUZZED := userland/uvmm/boot/kernel_image.c userland/uvmm/options.c
SRCS := tests/unit/uvmm_stubs.c
INCS := userland/uvmm kernel/include
