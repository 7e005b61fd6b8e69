// SPDX-License-Identifier: MIT
#include "switch.h"

#include <l4/mem/guard.h>

// A frame on its way.
struct flight {
    struct net_switch *s;
    struct switch_port *from;
    struct net_packet packet;
    struct frame_head head;
    uint8_t other[FRAME_HEAD_MAX]; // the header with the tag added or removed
    unsigned vlan;
    bool reached;                  // somebody
    uint64_t copied;               // bytes in this turn
};

void switch_init(struct net_switch *s, struct switch_ops const *ops, uint64_t random)
{
    *s = (struct net_switch){ .ops = ops };
    mac_table_init(&s->macs, random);
}

void switch_add(struct net_switch *s, struct switch_port *p)
{
    struct switch_port **at = p->vlan.kind == VLAN_MONITOR ? &s->monitor : &s->ports;
    p->next = *at;
    *at = p;
}

static void unlink_port(struct switch_port **at, struct switch_port *p)
{
    while (*at && *at != p)
        at = &(*at)->next;
    if (*at)
        *at = p->next;
}

static struct switch_port *next_turn(struct net_switch *s)
{
    struct switch_port *p = s->first_ready;
    if (p) {
        s->first_ready = p->next_ready;
        p->ready = false;
    }
    return p;
}

void switch_remove(struct net_switch *s, struct switch_port *p)
{
    unlink_port(p->vlan.kind == VLAN_MONITOR ? &s->monitor : &s->ports, p);
    mac_table_forget(&s->macs, p);
    // The turns of all others stay in their order.
    struct switch_port *q = s->first_ready;
    s->first_ready = NULL;
    while (q) {
        struct switch_port *next = q->next_ready;
        q->ready = false;
        if (q != p)
            switch_ready(s, q);
        q = next;
    }
}

void switch_ready(struct net_switch *s, struct switch_port *p)
{
    if (p->ready)
        return;
    p->ready = true;
    p->next_ready = NULL;
    if (s->first_ready)
        s->last_ready->next_ready = p;
    else
        s->first_ready = p;
    s->last_ready = p;
}

static void touch(struct net_switch *s, struct switch_port *p)
{
    if (p->touched)
        return;
    p->touched = true;
    p->next_touched = s->touched;
    s->touched = p;
}

static void broken(struct net_switch *s, struct switch_port *p)
{
    struct net_side const *side = p->side;
    s->ops->broken(p, vq_strerror(side->tx.broken ? side->tx.broken : side->rx.broken));
}

// Shows drivers what was done in their rings, once for all packets of a turn.
static void flush(struct net_switch *s)
{
    while (s->touched) {
        struct switch_port *p = s->touched;
        s->touched = p->next_touched;
        p->touched = false;
        bool kick = vq_flush(&p->side->rx);
        kick = vq_flush(&p->side->tx) || kick;
        if (kick)
            s->ops->kick(p);
        if (p->side->running && (p->side->rx.broken || p->side->tx.broken))
            broken(s, p);
    }
}

static void set_front(struct flight *f, enum vlan_border border)
{
    struct net_content *c = &f->packet.content;
    c->front = border == VLAN_AS_IS ? f->head.bytes : f->other;
    if (border == VLAN_ADD_TAG)
        c->front_len = frame_add_tag(&f->head, f->vlan, f->other);
    else if (border == VLAN_REMOVE_TAG)
        c->front_len = frame_remove_tag(&f->head, f->other);
    else
        c->front_len = f->head.len;
}

// One copy for a port, if the frame may leave by it. False: the sender's memory is gone.
static bool copy_to(struct flight *f, struct switch_port *to)
{
    enum vlan_border border = vlan_egress(&to->vlan, f->vlan, f->head.tagged);
    if (border == VLAN_KEPT_IN)
        return true;
    if (!to->side->running) {
        to->missed++;
        return true;
    }
    set_front(f, border);
    f->copied += f->packet.content.len;
    f->from->side->segment = 0;
    enum net_result r = net_packet_deliver(f->from->side, to->side, &f->packet);
    touch(f->s, to); // some segments may be there, if not all
    if (r == NET_SENT) {
        f->reached = true;
        to->received++;
        to->received_bytes += f->packet.content.len + f->packet.content.front_len;
    } else if (r != NET_TX_BROKEN) {
        to->missed++;
    }
    if (r == NET_RX_BROKEN)
        broken(f->s, to);
    return r != NET_TX_BROKEN;
}

static bool flood(struct flight *f)
{
    for (struct switch_port *p = f->s->ports; p; p = p->next)
        if (p != f->from && !copy_to(f, p))
            return false;
    return true;
}

// How many bytes of the header there are, at most 18; or VQ_EGONE. Most drivers have one buffer for all.
static long copy_head(struct vq_chain const *c, uint8_t head[FRAME_HEAD_MAX])
{
    if (c->seg[0].len < NET_HDR + FRAME_HEAD_MAX)
        return vq_chain_read(c, NET_HDR, head, FRAME_HEAD_MAX);
    return guard_copy(head, c->seg[0].ptr + NET_HDR, FRAME_HEAD_MAX) < 0 ? VQ_EGONE : FRAME_HEAD_MAX;
}

// Reads the frame's header, once, and takes it from there for all receivers. 1, 0 when this is no frame, VQ_EGONE.
static int read_head(struct flight *f)
{
    struct net_content *c = &f->packet.content;
    long avail = copy_head(&f->packet.chain, f->head.bytes);
    if (avail < 0)
        return VQ_EGONE;
    if (!frame_parse(&f->head, (unsigned)avail))
        return 0;
    c->offset = NET_HDR + f->head.len;
    c->len -= f->head.len;
    // A tag moves the checksum's place, which is behind it.
    struct virtio_net_hdr const *h = &c->hdr;
    return !h->flags || (h->csum_start >= f->head.len && h->csum_start <= UINT16_MAX - FRAME_TAG);
}

// Copies the frame to whom it is for. False: the sender's memory is gone.
static bool forward(struct flight *f)
{
    struct net_switch *s = f->s;
    uint8_t const *to = f->head.bytes, *from = f->head.bytes + FRAME_ADDRESSES / 2;
    int vlan = vlan_ingress(&f->from->vlan, &f->head);
    if (vlan == VLAN_REFUSED)
        return true;
    f->vlan = (unsigned)vlan;
    if (!frame_is_multicast(from))
        mac_table_learn(&s->macs, frame_address(from), f->vlan, f->from);
    struct switch_port *known = frame_is_multicast(to) ? NULL : mac_table_find(&s->macs, frame_address(to), f->vlan);
    if (known == f->from)
        return true; // never back to where it came from
    if (known ? !copy_to(f, known) : !flood(f))
        return false;
    return !s->monitor || copy_to(f, s->monitor);
}

// What was taken goes to its receivers, and back to the sender. False: the sender is broken.
static bool handle(struct flight *f, bool malformed)
{
    struct net_side *side = f->from->side;
    int head = malformed ? 0 : read_head(f);
    f->reached = false;
    if (head < 0 || (head && !forward(f))) {
        side->tx.broken = VQ_EGONE;
        return false;
    }
    if (f->reached) {
        side->tx_packets++;
        side->tx_bytes += f->packet.chain.read_len - NET_HDR;
    } else {
        side->dropped++;
    }
    vq_push(&side->tx, f->packet.chain.head, 0);
    return true;
}

// One packet of the port, or what there is instead. False: it has no more, and its driver will notify; or it is broken.
static bool take(struct flight *f)
{
    struct net_side *side = f->from->side;
    switch (net_packet_take(side, &f->packet)) {
    case NET_NONE:
        if (!vq_notify_enable(&side->tx))
            return false;
        vq_notify_disable(&side->tx);
        return true;
    case NET_TAKEN:
        return handle(f, false);
    case NET_MALFORMED:
        return handle(f, true);
    case NET_BROKEN:
        break;
    }
    return false;
}

bool switch_step(struct net_switch *s)
{
    struct flight f = { .s = s, .from = next_turn(s) };
    if (f.from && f.from->side->running) {
        bool more = true;
        vq_notify_disable(&f.from->side->tx);
        touch(s, f.from);
        for (unsigned budget = SWITCH_BUDGET; more && budget && f.copied < SWITCH_BYTES; budget--)
            more = take(&f);
        if (more)
            switch_ready(s, f.from);
    }
    flush(s);
    return s->first_ready;
}
