# SPDX-License-Identifier: MIT
TEST := sigma0_meta
SRCS := tests/unit/sigma0_meta_test.c userland/sigma0/meta.c
INCS := userland/sigma0 kernel/include
LIBS := check
