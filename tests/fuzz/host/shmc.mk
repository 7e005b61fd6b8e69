# SPDX-License-Identifier: MIT
FUZZER := shmc
FUZZED := userland/lib/shmc/area.c userland/lib/shmc/chunk.c
INCS := userland/lib/shmc/include userland/lib/l4re/include kernel/include userland/lib/shmc
