// SPDX-License-Identifier: MIT
// A virtio disk of the machine with a volatile cache, as far as its driver sees it, that has its power cut. What it promises is
// no more than virtio 1.2, 5.2.6.2 says: a flush is for the writes that had completed when it was submitted. All other writes
// may be there or not after the cut, each sector by itself and in any order.
#pragma once

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "virtio_disk.h"

// As ck_assert(), which writes to a file each time.
#define LOST_CHECK(condition) ((condition) ? (void)0 : ck_abort_msg("%s", #condition))

enum { LOST_SECTORS = 192 };

struct lost_disk_options {
    bool cached;       // it has a cache, and offers to flush it
    unsigned errors;   // one request of so many fails, 0: none
    unsigned slow_id;  // ms until it says its serial number
};

// A new one; each sector holds its stamp 0.
void lost_disk_plug(struct lost_disk_options const *o);
void lost_disk_unplug(void);

// It works on something that it has, if there is anything.
void lost_disk_step(void);
// There is an interrupt that the driver has not had yet; taken with this.
bool lost_disk_interrupt(void);
// Does nothing from now on.
void lost_disk_hang(void);
// What the sectors hold when there is power again.
void lost_disk_cut(uint32_t stamps[LOST_SECTORS]);

// A sector is made of one number.
void lost_sector_fill(uint8_t *sector, uint32_t stamp);
uint32_t lost_sector_stamp(uint8_t const *sector);

extern uint64_t lost_now; // us
