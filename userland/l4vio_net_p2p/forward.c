// SPDX-License-Identifier: MIT
#include "forward.h"

#include <l4/mem/guard.h>
#include <l4/sys/compiler.h>

#include "offload.h"
#include "virtio_net.h"

enum {
    HDR = sizeof(struct virtio_net_hdr),
    FRAME_MAX = 0x10000 + 64,  // a large TCP packet with its Ethernet header
    TX_SEGS = 256,             // descriptors of one packet
    RX_CHAINS = 64,            // buffers that one packet may be spread over
    RX_SEGS = 512,             // their descriptors together
};

// One packet at a time, one thread: the work space need not lie on the stack.
static struct vq_seg tx_segs[TX_SEGS], rx_segs[RX_SEGS];
static struct vq_chain rx_chains[RX_CHAINS];
static struct offload_frame frame;

static bool has(struct net_side const *s, unsigned bit)
{
    return s->features >> bit & 1;
}

enum packet_result { PACKET_SENT, PACKET_DROPPED, PACKET_WAIT, PACKET_RX_BROKEN, PACKET_TX_BROKEN };

// Takes receive buffers for `need` bytes. Returns their number; 0 when there are not enough now,
// and a negative enum packet_result otherwise.
static int take_buffers(struct net_side *to, uint64_t need)
{
    unsigned limit = has(to, VIRTIO_NET_F_MRG_RXBUF) ? RX_CHAINS : 1;
    unsigned n = 0, segs = 0;
    uint64_t room = 0;
    while (room < need && n < limit && segs < RX_SEGS) {
        struct vq_chain *c = &rx_chains[n];
        c->seg = rx_segs + segs;
        c->limit = RX_SEGS - segs;
        int r = vq_pop(&to->rx, c);
        if (r == VQ_ECHAIN && n)
            break;  // may be our table that is full; the next packet will tell
        if (r < 0)
            return -PACKET_RX_BROKEN;
        if (!r) {
            to->rx_seen = to->rx.last_avail;
            vq_unpop(&to->rx, n);
            return 0;
        }
        n++;
        if (c->nread || !c->write_len) {
            to->rx.broken = VQ_EORDER;
            return -PACKET_RX_BROKEN;
        }
        segs += c->nwrite;
        room += c->write_len;
    }
    if (room >= need)
        return (int)n;
    to->rx.broken = 0;
    vq_unpop(&to->rx, n);
    return -PACKET_DROPPED;
}

// A position in the destination buffers.
struct sink {
    unsigned chain, seg;
    uint32_t pos;
};

// False: the memory at one of the ends is gone.
static bool sink_write(struct sink *s, uint8_t const *p, uint64_t len)
{
    while (len) {
        struct vq_chain const *c = &rx_chains[s->chain];
        struct vq_seg const *seg = &c->seg[s->seg];
        uint64_t n = seg->len - s->pos;
        if (n > len)
            n = len;
        if (guard_copy(seg->ptr + s->pos, p, n) < 0)
            return false;
        p += n;
        len -= n;
        s->pos += (uint32_t)n;
        if (s->pos < seg->len)
            continue;
        s->pos = 0;
        if (++s->seg == c->nwrite) {
            s->seg = 0;
            s->chain++;
        }
    }
    return true;
}

// Header, rewritten head and the chain's bytes [offset, offset + len): what goes into receive buffers.
struct content {
    struct virtio_net_hdr hdr;
    uint8_t const *head;
    unsigned head_len;
    uint64_t offset, len;
};

// Copies the chain's part. *lost: what could not be copied, if that is so.
static inline bool sink_chain(struct sink *s, struct vq_chain const *c, struct content const *what, struct vq_seg *lost)
{
    uint64_t offset = what->offset, len = what->len;
    for (unsigned i = 0; i < c->nread && len; i++) {
        uint64_t part = c->seg[i].len;
        if (offset >= part) {
            offset -= part;
            continue;
        }
        part -= offset;
        if (part > len)
            part = len;
        if (!sink_write(s, c->seg[i].ptr + offset, part)) {
            *lost = (struct vq_seg){.ptr = c->seg[i].ptr + offset, .len = (uint32_t)part};
            return false;
        }
        len -= part;
        offset = 0;
    }
    return true;
}

static inline bool sink_content(struct sink *s, struct vq_chain const *c, struct content const *what, struct vq_seg *lost)
{
    return sink_write(s, (uint8_t const *)&what->hdr, HDR)
           && (!what->head_len || sink_write(s, what->head, what->head_len)) && sink_chain(s, c, what, lost);
}

// No array: a position and what is lost are passed by address.
static L4_NO_STACK_GUARD enum packet_result deliver(struct net_side *from, struct net_side *to, struct vq_chain const *c,
                                                    struct content *what)
{
    uint64_t need = HDR + what->head_len + what->len;
    int n = take_buffers(to, need);
    if (n <= 0)
        return n ? (enum packet_result)-n : PACKET_WAIT;

    struct sink s = { 0, 0, 0 };
    struct vq_seg lost = { NULL, 0 };
    what->hdr.num_buffers = (uint16_t)n;
    if (!sink_content(&s, c, what, &lost)) {
        if (guard_readable(lost.ptr, lost.len)) {
            to->rx.broken = VQ_EGONE;
            return PACKET_RX_BROKEN;
        }
        vq_unpop(&to->rx, (unsigned)n);
        from->tx.broken = VQ_EGONE;
        return PACKET_TX_BROKEN;
    }
    for (int i = 0; i < n; i++) {
        uint64_t used = rx_chains[i].write_len < need ? rx_chains[i].write_len : need;
        vq_push(&to->rx, rx_chains[i].head, (uint32_t)used);
        need -= used;
    }
    return PACKET_SENT;
}

// Is the offload description one that the sender may give and that fits the packet?
static bool header_ok(struct net_side const *from, struct virtio_net_hdr const *h, uint64_t len)
{
    bool csum = h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
    if (csum && (!has(from, VIRTIO_NET_F_CSUM)
                 || (uint64_t)h->csum_start + h->csum_offset + 2 > len))
        return false;
    unsigned gso = h->gso_type & ~(unsigned)VIRTIO_NET_HDR_GSO_ECN;
    if ((h->gso_type & VIRTIO_NET_HDR_GSO_ECN) && !has(from, VIRTIO_NET_F_HOST_ECN))
        return false;
    if (gso == VIRTIO_NET_HDR_GSO_NONE)
        return h->gso_type == VIRTIO_NET_HDR_GSO_NONE;
    if (!csum || !h->gso_size)
        return false;
    return (gso == VIRTIO_NET_HDR_GSO_TCPV4 && has(from, VIRTIO_NET_F_HOST_TSO4))
           || (gso == VIRTIO_NET_HDR_GSO_TCPV6 && has(from, VIRTIO_NET_F_HOST_TSO6));
}

static bool takes_large(struct net_side const *to, unsigned gso_type)
{
    if ((gso_type & VIRTIO_NET_HDR_GSO_ECN) && !has(to, VIRTIO_NET_F_GUEST_ECN))
        return false;
    bool v4 = (gso_type & ~(unsigned)VIRTIO_NET_HDR_GSO_ECN) == VIRTIO_NET_HDR_GSO_TCPV4;
    return has(to, v4 ? VIRTIO_NET_F_GUEST_TSO4 : VIRTIO_NET_F_GUEST_TSO6);
}

// What offload.c says of a frame that it did not make.
static enum packet_result no_frame(struct net_side *from, int why)
{
    if (why != VQ_EGONE)
        return PACKET_DROPPED;
    from->tx.broken = VQ_EGONE;
    return PACKET_TX_BROKEN;
}

// The frame that offload.c has made, for one who takes it as it is.
static enum packet_result deliver_frame(struct net_side *from, struct net_side *to, struct vq_chain const *c)
{
    struct content what = { .head = frame.head, .head_len = frame.head_len,
                            .offset = frame.offset, .len = frame.len };
    return deliver(from, to, c, &what);
}

// Sends the segments from from->segment on; where buffers run out, the next call continues.
static enum packet_result deliver_segments(struct net_side *from, struct net_side *to,
                                           struct vq_chain const *c,
                                           struct virtio_net_hdr const *hdr)
{
    int n = offload_segments(c, hdr);
    if (n <= 0)
        return no_frame(from, n);
    for (; from->segment < (unsigned)n; from->segment++) {
        int made = offload_segment(c, hdr, from->segment, &frame);
        if (made <= 0)
            return no_frame(from, made);
        enum packet_result r = deliver_frame(from, to, c);
        if (r != PACKET_SENT)
            return r;
    }
    return PACKET_SENT;
}

// No array: the header is read with its own size.
static L4_NO_STACK_GUARD enum packet_result forward_packet(struct net_side *from, struct net_side *to,
                                                           struct vq_chain const *c)
{
    struct virtio_net_hdr hdr;
    bool whole = c->seg[0].len >= HDR;
    if ((whole ? guard_copy(&hdr, c->seg[0].ptr, HDR) : vq_chain_read(c, 0, &hdr, HDR)) < 0)
        return no_frame(from, VQ_EGONE);
    hdr.flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
    uint64_t len = c->read_len - HDR;
    if (!to->running || to->stalled || !len || len > FRAME_MAX || !header_ok(from, &hdr, len))
        return PACKET_DROPPED;

    if (hdr.gso_type && !takes_large(to, hdr.gso_type))
        return deliver_segments(from, to, c, &hdr);
    if (hdr.flags && !has(to, VIRTIO_NET_F_GUEST_CSUM)) {
        int made = offload_checksum(c, &hdr, &frame);
        return made <= 0 ? no_frame(from, made) : deliver_frame(from, to, c);
    }
    struct content what = { .hdr = hdr, .offset = HDR, .len = len };
    return deliver(from, to, c, &what);
}

static enum forward_result forward_some(struct net_side *from, struct net_side *to,
                                        unsigned budget)
{
    struct vq_chain c = { .seg = tx_segs, .limit = TX_SEGS };
    while (budget) {
        int r = vq_pop(&from->tx, &c);
        if (!r) {
            if (!vq_notify_enable(&from->tx))
                return FORWARD_IDLE;
            vq_notify_disable(&from->tx);
            continue;
        }
        if (r > 0 && (c.nwrite || c.read_len < HDR)) {
            from->tx.broken = VQ_EBUFFER;
            return FORWARD_TX_BROKEN;
        }
        if (r < 0)
            return FORWARD_TX_BROKEN;

        switch (forward_packet(from, to, &c)) {
        case PACKET_SENT:
            from->tx_packets++;
            from->tx_bytes += c.read_len - HDR;
            break;
        case PACKET_DROPPED:
            from->dropped++;
            break;
        case PACKET_WAIT:
            vq_unpop(&from->tx, 1);
            if (!vq_notify_beyond(&to->rx, to->rx_seen))
                return FORWARD_BLOCKED;
            vq_notify_disable(&to->rx);
            budget--;
            continue;
        case PACKET_RX_BROKEN:
            vq_unpop(&from->tx, 1);
            return FORWARD_RX_BROKEN;
        case PACKET_TX_BROKEN:
            return FORWARD_TX_BROKEN;
        }
        from->segment = 0;
        vq_push(&from->tx, c.head, 0);
        budget--;
    }
    return FORWARD_MORE;
}

struct forward_outcome net_forward(struct net_side *from, struct net_side *to, unsigned budget)
{
    struct forward_outcome o = { .result = FORWARD_IDLE };
    if (!from->running)
        return o;
    vq_notify_disable(&from->tx);
    if (!to->stalled)
        vq_notify_disable(&to->rx);
    o.result = forward_some(from, to, budget);
    o.kick_to = to->running && vq_flush(&to->rx);
    o.kick_from = vq_flush(&from->tx);
    // Also what came to light only now.
    if (from->tx.broken)
        o.result = FORWARD_TX_BROKEN;
    else if (to->running && to->rx.broken)
        o.result = FORWARD_RX_BROKEN;
    return o;
}
