// SPDX-License-Identifier: MIT
// Which event is which LPI: an entry for each LPI, found by a hash of device and event. A guest that chooses events of one
// hash makes its own interrupts slow, by the number of LPIs at most.
#include "vgic/its.h"

static unsigned bucket_of(uint32_t device, uint32_t event)
{
    return ((device << 16 | event) * 0x9e3779b1u >> 16) % ITS_BUCKETS; // multiplied by the golden ratio
}

bool its_has_event(struct its const *its, uint32_t device, uint32_t event)
{
    return device < ITS_DEVICES && its->event_bits[device] && !(event >> its->event_bits[device]);
}

unsigned its_find(struct its const *its, uint32_t device, uint32_t event)
{
    if (!its_has_event(its, device, event))
        return ITS_NO_LPI;
    for (unsigned i = its->bucket[bucket_of(device, event)]; i; i = its->lpi[i - 1].next)
        if (its->lpi[i - 1].device == device && its->lpi[i - 1].event == event)
            return i - 1;
    return ITS_NO_LPI;
}

void its_map(struct its *its, unsigned lpi, struct its_event event)
{
    uint16_t *bucket = &its->bucket[bucket_of(event.device, event.event)];
    event.mapped = true;
    event.next = *bucket;
    its->lpi[lpi] = event;
    *bucket = (uint16_t)(lpi + 1);
}

void its_unmap(struct its *its, unsigned lpi)
{
    struct its_event *e = &its->lpi[lpi];
    uint16_t *link = &its->bucket[bucket_of(e->device, e->event)];
    while (*link != lpi + 1)
        link = &its->lpi[*link - 1].next;
    *link = e->next;
    e->mapped = false;
}
