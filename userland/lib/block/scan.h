// SPDX-License-Identifier: MIT
// Reading a disk before there are clients.
#pragma once

#include "partition.h"

enum { SCAN_BLOCK_MAX = 4096 };

// The disk's table of partitions: as partition_table_read(). A disk that does not answer for ten seconds counts as failed.
int scan_disk(struct disk *d, struct partition_table *t, char why[PARTITION_WHY_MAX]);
