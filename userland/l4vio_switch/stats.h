// SPDX-License-Identifier: MIT
// Counters of all ports, in memory that others may read: create(1) makes a reader, which asks for it, and for new values.
#pragma once

#include <l4/srv/server.h>
#include <l4/srv/share.h>

// A page or more of numbers: struct stats, then an entry for each port that there may be, at its index.
struct stats_entry {
    uint64_t to_count, to_missed, to_bytes;        // frames that the port got, and did not get for lack of buffers
    uint64_t from_count, from_dropped, from_bytes; // frames that it sent, those that reached nobody too
    uint8_t mac[6];
    char name[20];
    uint8_t in_use;
};

struct stats {
    uint64_t age;   // how often values were asked for
    uint64_t ports; // number of entries
    struct stats_entry entry[];
};

enum { STATS_OP_GET_BUFFER = 0, STATS_OP_SYNC = 1 };

// Answers create(1).
l4_msgtag_t stats_create_reader(struct srv *srv, struct share *share, l4_utcb_t *u);
