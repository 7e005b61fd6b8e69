# SPDX-License-Identifier: MIT
TEST := sigma0_regions
SRCS := tests/unit/sigma0_regions_test.c userland/sigma0/region.c userland/sigma0/mem_map.c
INCS := userland/sigma0 kernel/include
LIBS := check
