// SPDX-License-Identifier: MIT
// An SD card as a disk. One request at a time; its data go through a buffer, which the CPU moves to and from the controller.
#pragma once

#include <l4/block/disk.h>
#include <l4/srv/server.h>

#include "card.h"

enum { SD_SEGS = 16, SD_SEG_BYTES = SD_BLOCKS_MAX * SD_BLOCK / SD_SEGS };

struct sd_disk {
    struct disk disk;
    struct sd_card card;
    struct srv *srv;
    struct srv_object irq; // the caller's to bind
    struct srv_timer timer;
    char const *place;     // for messages
    char const *said;      // what the last message says is wrong
    struct block_request *request;
    bool over, ok;         // it has ended, and how
    uint8_t buffer[SD_BLOCKS_MAX * SD_BLOCK];
};

// Identifies the card behind the controller at `regs`, some seconds at most. 0, or -L4_ENODEV with a message: there is none
// that can be used.
int sd_disk_init(struct sd_disk *d, struct srv *srv, struct sd_regs *regs, struct sdhci_kind const *kind, char const *place);
