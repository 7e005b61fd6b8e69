// SPDX-License-Identifier: MIT
#include "mac_table.h"

#include <string.h>

enum { BUCKET_BITS = 10, ADDRESS_BITS = 48 };
_Static_assert(MAC_TABLE_BUCKETS == 1 << BUCKET_BITS, "each hash has a bucket");

static uint64_t key_of(uint64_t address, unsigned vlan)
{
    return (uint64_t)vlan << ADDRESS_BITS | address;
}

static unsigned hash(struct mac_table const *t, uint64_t key)
{
    key = (key ^ key >> 32) * t->secret;
    return (unsigned)(key >> (64 - BUCKET_BITS));
}

void mac_table_init(struct mac_table *t, uint64_t random)
{
    memset(t, 0, sizeof(*t));
    t->secret = (random * 0x9e3779b97f4a7c15ull) | 1;
    if (t->secret == 1)
        t->secret = 0x9e3779b97f4a7c15ull; // without randomness addresses are to spread all the same
}

static uint16_t find(struct mac_table const *t, uint64_t key)
{
    uint16_t i = t->bucket[hash(t, key)];
    while (i && t->entries[i - 1].key != key)
        i = t->entries[i - 1].next;
    return i;
}

void *mac_table_find(struct mac_table const *t, uint64_t address, unsigned vlan)
{
    uint16_t i = find(t, key_of(address, vlan));
    return i ? t->entries[i - 1].port : NULL;
}

static void unlink_entry(struct mac_table *t, unsigned n)
{
    struct mac_entry *e = &t->entries[n];
    uint16_t *at = &t->bucket[hash(t, e->key)];
    while (*at != n + 1)
        at = &t->entries[*at - 1].next;
    *at = e->next;
    e->port = NULL;
}

void mac_table_learn(struct mac_table *t, uint64_t address, unsigned vlan, void *port)
{
    uint64_t key = key_of(address, vlan);
    uint16_t known = find(t, key);
    if (known) {
        t->entries[known - 1].port = port;
        return;
    }
    unsigned n = t->turn;
    t->turn = (uint16_t)((n + 1) % MAC_TABLE_ENTRIES);
    if (t->entries[n].port)
        unlink_entry(t, n);
    uint16_t *first = &t->bucket[hash(t, key)];
    t->entries[n] = (struct mac_entry){ .key = key, .port = port, .next = *first };
    *first = (uint16_t)(n + 1);
}

void mac_table_forget(struct mac_table *t, void const *port)
{
    for (unsigned n = 0; n < MAC_TABLE_ENTRIES; n++)
        if (t->entries[n].port == port)
            unlink_entry(t, n);
}
