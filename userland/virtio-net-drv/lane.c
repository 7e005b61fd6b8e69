// SPDX-License-Identifier: MIT
#include "lane.h"

enum { HDR = sizeof(struct virtio_net_hdr) };

static uint64_t address_of(struct lane const *l, uint8_t const *buffer)
{
    return l->address + (uint64_t)(buffer - l->memory);
}

static bool give(struct lane *l, uint8_t *buffer)
{
    struct vq_buf const b = { address_of(l, buffer), LANE_BUFFER };
    return vq_drv_add(l->from, &b, 0, 1, buffer) >= 0;
}

unsigned lane_start(struct lane *l, struct lane_queue *from, struct lane_queue *to, uint8_t *memory, uint64_t address)
{
    *l = (struct lane){ .from = &from->drv, .to = &to->drv, .memory = memory, .address = address };
    for (unsigned i = 0; i < l->from->num && i < l->to->num && i < LANE_BUFFERS; i++)
        give(l, memory + i * LANE_BUFFER);
    vq_drv_irq_disable(l->to);
    return vq_drv_kick(l->from) ? LANE_NOTIFY_FROM : 0;
}

// Is this a frame that the sender can take? No large packets are: nobody has asked for any. What else the receiver says in the
// header is for it alone.
static bool prepare(uint8_t *buffer, uint32_t len)
{
    struct virtio_net_hdr *h = (struct virtio_net_hdr *)buffer;
    if (len < HDR + LANE_FRAME_MIN || len > LANE_BUFFER || h->gso_type != VIRTIO_NET_HDR_GSO_NONE)
        return false;
    h->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
    h->num_buffers = 0;
    return true;
}

static void hand_over(struct lane *l, uint8_t *buffer, uint32_t len)
{
    struct vq_buf const b = { address_of(l, buffer), len };
    if (prepare(buffer, len) && vq_drv_add(l->to, &b, 1, 0, buffer) >= 0) {
        l->sending++;
        l->passed++;
    } else {
        give(l, buffer);
        l->dropped++;
    }
}

static unsigned take_back(struct lane *l)
{
    void *buffer;
    uint32_t len;
    int r;
    while ((r = vq_drv_get(l->to, &buffer, &len)) > 0) {
        give(l, buffer);
        l->sending--;
    }
    return r < 0 ? LANE_TO_BROKEN : 0;
}

unsigned lane_step(struct lane *l)
{
    void *buffer;
    uint32_t len;
    int r = 1;
    unsigned needs = take_back(l);
    for (unsigned n = 0; n < LANE_TURN && (r = vq_drv_get(l->from, &buffer, &len)) > 0; n++)
        hand_over(l, buffer, len);
    needs |= r > 0 ? LANE_MORE : r < 0 ? LANE_FROM_BROKEN : 0;
    if (vq_drv_kick(l->from))
        needs |= LANE_NOTIFY_FROM;
    if (vq_drv_kick(l->to))
        needs |= LANE_NOTIFY_TO;
    return needs;
}

bool lane_wait(struct lane *l)
{
    bool more = vq_drv_irq_enable(l->from);
    // What is sent can wait until the next frame comes, as long as there are buffers for it.
    if (l->sending < l->from->num / 2)
        vq_drv_irq_disable(l->to);
    else
        more |= vq_drv_irq_enable(l->to);
    return more;
}
