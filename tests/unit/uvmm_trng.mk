# SPDX-License-Identifier: MIT
TEST := uvmm_trng
SRCS := tests/unit/uvmm_trng_test.c userland/uvmm/vcpu/trng.c
INCS := userland/uvmm kernel/include userland/lib/l4re/include userland/lib/srv/include
LIBS := check
