// SPDX-License-Identifier: MIT
#include "frame.h"

#include <string.h>

enum { TYPE_VLAN = 0x8100, VLAN_ID_MASK = 4095 };

static unsigned get16(uint8_t const *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

bool frame_parse(struct frame_head *h, unsigned avail)
{
    if (avail < FRAME_HEAD)
        return false;
    h->tagged = get16(h->bytes + FRAME_ADDRESSES) == TYPE_VLAN;
    h->len = h->tagged ? FRAME_HEAD_MAX : FRAME_HEAD;
    if (avail < h->len)
        return false;
    h->vlan = h->tagged ? get16(h->bytes + FRAME_HEAD) & VLAN_ID_MASK : 0;
    return true;
}

unsigned frame_add_tag(struct frame_head const *h, unsigned vlan, uint8_t out[FRAME_HEAD_MAX])
{
    memcpy(out, h->bytes, FRAME_ADDRESSES);
    put16(out + FRAME_ADDRESSES, TYPE_VLAN);
    put16(out + FRAME_HEAD, vlan);
    memcpy(out + FRAME_ADDRESSES + FRAME_TAG, h->bytes + FRAME_ADDRESSES, FRAME_HEAD - FRAME_ADDRESSES);
    return FRAME_HEAD_MAX;
}

unsigned frame_remove_tag(struct frame_head const *h, uint8_t out[FRAME_HEAD_MAX])
{
    memcpy(out, h->bytes, FRAME_ADDRESSES);
    memcpy(out + FRAME_ADDRESSES, h->bytes + FRAME_ADDRESSES + FRAME_TAG, FRAME_HEAD - FRAME_ADDRESSES);
    return FRAME_HEAD;
}
