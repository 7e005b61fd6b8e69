// SPDX-License-Identifier: MIT
// The guest's interrupt translation service (IHI 0069, 5.2 and 12.19): a device writes an event, which is translated to
// an LPI and a collection, and that to a CPU. The guest says how by commands in a queue in its memory.
//
// The translation itself is kept here, not in tables in the guest's memory: GITS_BASER<n> show none (Type 0), collections are
// in the ITS (HCC), and what MAPD says of a device's table is not used. So an interrupt needs no access to memory that the
// guest may change or that is not there, and the guest spends none. Its size is fixed, since an LPI has at most one event.
//
// A command that is wrong is ignored, with a message (one of the choices that 5.3 leaves); the queue stalls when it is not in
// RAM. The CPU that asks for commands carries them out, at most a queue's length; meanwhile others may add some, and go on.
// All is under the vGIC's lock. A command may wait for CPUs to leave the guest (own.c), and these may want that lock before
// they tell that they have: so it is not held from one command to the next, and `busy` keeps a second CPU off the queue.
#pragma once

#include "vgic/lpi.h"

#define ITS_DEVICES (1u << 16) // as many as requester IDs of PCI
#define ITS_EVENT_BITS 16u     // of a device
#define ITS_COLLECTIONS 32u    // more than CPUs (5.2.3)
#define ITS_BUCKETS 1024u

// The event that an LPI is for.
struct its_event {
    uint16_t device, event;
    uint16_t next; // of the same bucket: number of the LPI + 1, 0: the last one
    uint8_t collection;
    bool mapped;
};

struct its {
    struct vgic *gic;
    bool enabled, stalled;
    bool busy; // a CPU carries out commands; it alone changes the translation
    uint64_t cbaser;
    uint32_t cwriter, creadr;
    uint8_t target[ITS_COLLECTIONS]; // CPU, or VGIC_NOBODY: not mapped
    uint8_t event_bits[ITS_DEVICES]; // 0: the device is not mapped
    uint16_t bucket[ITS_BUCKETS];
    struct its_event lpi[VGIC_LPIS];
};

// Zeroed memory that stays, and the guest's; the vGIC has LPIs from now on. Before the guest runs.
void its_init(struct its *its, struct vgic_lpis *lpis, struct vgic *g, struct vgic_memory memory);

// The two frames of 64 KiB: registers, and GITS_TRANSLATER. For CPU `cpu`'s access; size: log2 of bytes (0..3).
uint64_t its_read(struct its *its, unsigned cpu, uint64_t off, unsigned size);
void its_write(struct its *its, unsigned cpu, uint64_t off, unsigned size, uint64_t value);

// ---- its_map.c: events and LPIs ----

#define ITS_NO_LPI VGIC_LPIS

// Number of the LPI, from 0 on, of an event, or ITS_NO_LPI. With the lock, or by who is busy.
unsigned its_find(struct its const *its, uint32_t device, uint32_t event);
// The device is mapped, and has such an event.
bool its_has_event(struct its const *its, uint32_t device, uint32_t event);
// The LPI, which has no event, gets this one, which has no LPI; loses its event. With the lock, by who is busy.
void its_map(struct its *its, unsigned lpi, struct its_event event);
void its_unmap(struct its *its, unsigned lpi);

// ---- its_commands.c ----

// Carries out one command, of four doublewords, for CPU `self`. Without the lock, by who is busy. NULL, or what is wrong with
// it: then it has done nothing.
char const *its_command(struct its *its, unsigned self, uint64_t const command[4]);
