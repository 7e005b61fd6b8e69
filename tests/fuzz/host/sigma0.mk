# SPDX-License-Identifier: MIT
FUZZER := sigma0
FUZZED := userland/sigma0/region.c userland/sigma0/mem_map.c userland/sigma0/meta.c
INCS := userland/sigma0 kernel/include
