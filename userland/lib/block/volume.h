// SPDX-License-Identifier: MIT
// What clients can have: whole disks and their partitions, by name; and who has what.
//
// Two clients of memory that overlaps exclude each other, unless both only read: a used disk keeps its partitions from others,
// a used partition the disk.
#pragma once

#include <l4/block/disk.h>
#include <l4/srv/server.h>

#include "partition.h"
#include "request.h"

struct blk_client;

struct disk_clients {
    struct disk *disk;
    struct disk_clients *next;       // of the server's disks
    struct partition_table table;
    struct blk_client *first, *turn; // its clients, and whose turn it is
    struct block_request *refused;   // the disk had no room for it
    struct srv_timer later;          // goes on with what one go did not come to
};

// The disk is there from now on, with the partitions of its table (empty: none). Its name must be another one than those of
// the disks that are there. Returns 0, -L4_EEXIST or -L4_ENOMEM; the table is the library's then.
int volume_add_disk(struct disk *d, struct partition_table const *table);

struct volume {
    struct disk_clients *on;
    struct block_area area;
    char const *label;               // for messages: the partition's label, or ""
};

// Finds what a name stands for: DISK, DISK:NUMBER, a partition's UUID in any case, also behind "partuuid:", or its label, also
// behind "partlabel:". UUIDs and labels are what somebody wrote to a disk: they count where no disk makes the name one of its
// own. Returns 0, -L4_ENODEV (there is none), -L4_EEXIST (several are called so) or -L4_EINVAL (no UUID behind "partuuid:").
int volume_find(char const *name, struct volume *v);

// Has one of the disk's clients a part of it, so that nobody else can have this?
bool volume_busy(struct volume const *v);

void volume_attach(struct volume const *v, struct blk_client *c);
void volume_detach(struct blk_client *c);
