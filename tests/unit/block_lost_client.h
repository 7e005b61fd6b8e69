// SPDX-License-Identifier: MIT
// Clients of the block server that keep account of what they were told is safe. The L4 virtio transport is a stand-in: a
// client's driver is a queue in a piece of memory.
#pragma once

#include "block_lost_disk.h"
#include "client.h"

enum { LOST_CLIENTS = 3, LOST_AREA = LOST_SECTORS / LOST_CLIENTS, LOST_CELL = 2, LOST_CELLS = 8, LOST_HISTORY = 256 };
enum { LOST_NUM = 128, LOST_JOBS = 24, LOST_JOB_BYTES = 0x800, LOST_RAM = 0x4000 + LOST_JOBS * LOST_JOB_BYTES };

// What was written there, in order. `done`: the last write that is known to have come to an end; `safe`: that which the client
// was told will not be lost.
struct lost_cell {
    uint32_t stamp[LOST_HISTORY];
    unsigned count, done, safe;
    bool in_use;
};

struct lost_job {
    bool queued;
    uint32_t type;
    unsigned cell, entry, done[LOST_CELLS]; // of a flush: what it is for
};

struct lost_client {
    struct blk_client *c; // NULL: it has no disk
    bool flushes;         // its driver knows of caches, where there is one
    bool running;
    struct vq_drv q;
    struct vq_region region;
    void *cookies[LOST_NUM];
    uint16_t chain_len[LOST_NUM], next[LOST_NUM];
    uint8_t *ram;
    struct lost_job job[LOST_JOBS];
    struct lost_cell cell[LOST_CELLS];
};

extern struct lost_client lost_clients[LOST_CLIENTS];
extern struct srv lost_server;
extern struct disk_clients *lost_disk_clients; // of the disk that they have a part of
extern unsigned lost_safe; // how many times somebody was told that something is safe

void lost_client_begin(struct lost_client *k);  // account
void lost_client_start(struct lost_client *k);  // has its disk anew, resets it if it has it; not while that is busy
void lost_client_vanish(struct lost_client *k);
void lost_client_ask(struct lost_client *k);    // something, for any cell that nothing is under way for
void lost_client_collect(struct lost_client *k); // looks at the answers
// The server is dead, and so is what clients had of it.
void lost_client_forget(struct lost_client *k);
// Is there what has to be?
void lost_client_check(struct lost_client const *k, uint32_t const stamps[LOST_SECTORS]);
