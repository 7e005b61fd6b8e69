# SPDX-License-Identifier: MIT
TEST := uvmm_decode
SRCS := tests/unit/uvmm_decode_test.c userland/uvmm/vcpu/decode.c
INCS := userland/uvmm
LIBS := check
