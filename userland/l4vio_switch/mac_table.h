// SPDX-License-Identifier: MIT
// Behind which port an address was seen, in each VLAN. A full table forgets what it learned first. Pure memory logic.
#pragma once

#include <stdint.h>

enum { MAC_TABLE_ENTRIES = 1024, MAC_TABLE_BUCKETS = 1024 };

struct mac_entry {
    uint64_t key;       // address and VLAN
    void *port;         // NULL: the entry is free
    uint16_t next;      // of the same bucket, as in `bucket`
};

struct mac_table {
    struct mac_entry entries[MAC_TABLE_ENTRIES];
    uint16_t bucket[MAC_TABLE_BUCKETS]; // number of an entry plus 1; 0: none
    uint16_t turn;                      // the entry that the next new address gets
    uint64_t secret;
};

// An empty table. `random` spreads addresses over the buckets: who does not know it cannot choose many for one of them.
void mac_table_init(struct mac_table *t, uint64_t random);

// The address is behind `port`, wherever it was before.
void mac_table_learn(struct mac_table *t, uint64_t address, unsigned vlan, void *port);

// The port, or NULL.
void *mac_table_find(struct mac_table const *t, uint64_t address, unsigned vlan);

// Forgets what is behind the port.
void mac_table_forget(struct mac_table *t, void const *port);
