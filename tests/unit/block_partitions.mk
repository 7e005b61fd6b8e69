# SPDX-License-Identifier: MIT
TEST := block_partitions
SRCS := tests/unit/block_partitions_test.c $(addprefix userland/lib/block/,partition.c gpt.c mbr.c scan.c)
INCS := userland/lib/block userland/lib/block/include userland/lib/virtqueue/include kernel/include
LIBS := check z
