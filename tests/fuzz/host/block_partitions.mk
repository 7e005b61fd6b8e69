# SPDX-License-Identifier: MIT
FUZZER := block_partitions
FUZZED := $(addprefix userland/lib/block/,partition.c gpt.c mbr.c)
SRCS := userland/lib/block/scan.c
INCS := userland/lib/block userland/lib/block/include userland/lib/virtqueue/include kernel/include
LIBS := z
MAX_LEN := 1200
