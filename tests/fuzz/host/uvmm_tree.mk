# SPDX-License-Identifier: MIT
FUZZER := uvmm_tree
FUZZED := $(addprefix userland/uvmm/boot/,dt.c dt_cpus.c overlay.c reserved.c ram_map.c)
SRCS := tests/fuzz/host/tree_input.c tests/unit/uvmm_stubs.c
INCS := userland/uvmm
LIBS := fdt
MAX_LEN := 1024
