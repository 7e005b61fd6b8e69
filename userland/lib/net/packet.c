// SPDX-License-Identifier: MIT
#include <l4/net/packet.h>

#include <string.h>

#include <l4/mem/guard.h>
#include <l4/net/offload.h>
#include <l4/sys/compiler.h>

_Static_assert(sizeof(struct virtio_net_hdr) == 12, "layout");

enum {
    HDR = NET_HDR,
    TX_SEGS = 256,             // descriptors of one packet
    RX_CHAINS = 64,            // buffers that one packet may be spread over
    RX_SEGS = 512,             // their descriptors together
};

// For paths that most packets do not take: in a function of their own they cost the others no registers.
#define SELDOM __attribute__((noinline))

// One packet at a time, one thread: the work space need not lie on the stack.
static struct vq_seg tx_segs[TX_SEGS], rx_segs[RX_SEGS];
static struct vq_chain rx_chains[RX_CHAINS];
static struct offload_frame frame;

static bool has(struct net_side const *s, unsigned bit)
{
    return s->features >> bit & 1;
}

// Takes receive buffers for `need` bytes. Returns their number; 0 when there are not enough now,
// and a negative enum net_result otherwise.
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
            return -NET_RX_BROKEN;
        if (!r) {
            to->rx_seen = to->rx.last_avail;
            vq_unpop(&to->rx, n);
            return 0;
        }
        n++;
        if (c->nread || !c->write_len) {
            to->rx.broken = VQ_EORDER;
            return -NET_RX_BROKEN;
        }
        segs += c->nwrite;
        room += c->write_len;
    }
    if (room >= need)
        return (int)n;
    to->rx.broken = 0;
    vq_unpop(&to->rx, n);
    return -NET_DROPPED;
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

// Copies the chain's part. *lost: what could not be copied, if that is so.
static inline bool sink_chain(struct sink *s, struct vq_chain const *c, struct net_content const *what, struct vq_seg *lost)
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

// The header goes to the start, where there is room for more as a rule.
static inline bool sink_header(struct sink *s, struct virtio_net_hdr const *h)
{
    struct vq_seg const *first = rx_chains[0].seg;
    if (first->len <= HDR)
        return sink_write(s, (uint8_t const *)h, HDR);
    s->pos = HDR;
    return guard_copy(first->ptr, h, HDR) >= 0;
}

static inline bool sink_content(struct sink *s, struct vq_chain const *c, struct net_content const *what, struct vq_seg *lost)
{
    return sink_header(s, &what->hdr)
           && (!what->front_len || sink_write(s, what->front, what->front_len)) && sink_chain(s, c, what, lost);
}

// No array: a position and what is lost are passed by address.
static L4_NO_STACK_GUARD enum net_result deliver(struct net_side *from, struct net_side *to, struct vq_chain const *c,
                                                    struct net_content *what)
{
    uint64_t need = HDR + what->front_len + what->len;
    int n = take_buffers(to, need);
    if (n <= 0)
        return n ? (enum net_result)-n : NET_WAIT;

    struct sink s = { 0, 0, 0 };
    struct vq_seg lost = { NULL, 0 };
    what->hdr.num_buffers = (uint16_t)n;
    if (!sink_content(&s, c, what, &lost)) {
        if (guard_readable(lost.ptr, lost.len)) {
            to->rx.broken = VQ_EGONE;
            return NET_RX_BROKEN;
        }
        vq_unpop(&to->rx, (unsigned)n);
        from->tx.broken = VQ_EGONE;
        return NET_TX_BROKEN;
    }
    for (int i = 0; i < n; i++) {
        uint64_t used = rx_chains[i].write_len < need ? rx_chains[i].write_len : need;
        vq_push(&to->rx, rx_chains[i].head, (uint32_t)used);
        need -= used;
    }
    return NET_SENT;
}

// Is the offload description one that the sender may give and that fits the packet?
static SELDOM bool header_ok(struct net_side const *from, struct virtio_net_hdr const *h, uint64_t len)
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
static enum net_result no_frame(struct net_side *from, int why)
{
    if (why != VQ_EGONE)
        return NET_DROPPED;
    from->tx.broken = VQ_EGONE;
    return NET_TX_BROKEN;
}

static unsigned skipped(struct net_content const *c)
{
    return (unsigned)c->offset - HDR;
}

// The packet's front instead of what offload.c has read from the sender's memory. False: there is less of that.
static bool put_front(struct net_content const *c)
{
    unsigned skip = skipped(c);
    if (frame.head_len < skip)
        return false;
    memmove(frame.head + c->front_len, frame.head + skip, frame.head_len - skip);
    memcpy(frame.head, c->front, c->front_len);
    frame.head_len += c->front_len - skip;
    return true;
}

// The frame that offload.c has made, for one who takes it as it is.
static enum net_result deliver_frame(struct net_side *from, struct net_side *to, struct net_packet const *p)
{
    if (p->content.front_len && !put_front(&p->content))
        return NET_DROPPED;
    struct net_content what = { .front = frame.head, .front_len = frame.head_len, .offset = frame.offset, .len = frame.len };
    return deliver(from, to, &p->chain, &what);
}

// Sends the segments from from->segment on; where buffers run out, the next call continues.
static SELDOM enum net_result deliver_segments(struct net_side *from, struct net_side *to, struct net_packet const *p)
{
    int n = offload_segments(&p->chain, &p->content.hdr);
    if (n <= 0)
        return no_frame(from, n);
    for (; from->segment < (unsigned)n; from->segment++) {
        int made = offload_segment(&p->chain, &p->content.hdr, from->segment, &frame);
        if (made <= 0)
            return no_frame(from, made);
        enum net_result r = deliver_frame(from, to, p);
        if (r != NET_SENT)
            return r;
    }
    return NET_SENT;
}

static SELDOM enum net_result deliver_checked(struct net_side *from, struct net_side *to, struct net_packet const *p)
{
    int made = offload_checksum(&p->chain, &p->content.hdr, &frame);
    return made <= 0 ? no_frame(from, made) : deliver_frame(from, to, p);
}

// Offsets in the header count from the frame's start: a front of another length moves them.
static SELDOM enum net_result deliver_moved(struct net_side *from, struct net_side *to, struct net_packet const *p)
{
    struct net_content what = p->content;
    unsigned skip = skipped(&what);
    if (what.hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
        what.hdr.csum_start = (uint16_t)(what.hdr.csum_start + what.front_len - skip);
    if (what.hdr.hdr_len >= skip)
        what.hdr.hdr_len = (uint16_t)(what.hdr.hdr_len + what.front_len - skip);
    return deliver(from, to, &p->chain, &what);
}

enum net_result net_packet_deliver(struct net_side *from, struct net_side *to, struct net_packet *p)
{
    struct net_content *c = &p->content;
    if (c->hdr.gso_type && !takes_large(to, c->hdr.gso_type))
        return deliver_segments(from, to, p);
    if (c->hdr.flags && !has(to, VIRTIO_NET_F_GUEST_CSUM))
        return deliver_checked(from, to, p);
    if (c->front_len != skipped(c))
        return deliver_moved(from, to, p);
    return deliver(from, to, &p->chain, c);
}

// Reads the header, once. False: it is gone.
static bool read_header(struct vq_chain const *c, struct virtio_net_hdr *h)
{
    bool whole = c->seg[0].len >= HDR;
    long r = whole ? guard_copy(h, c->seg[0].ptr, HDR) : vq_chain_read(c, 0, h, HDR);
    h->flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
    return r >= 0;
}

static enum net_take broken(struct net_side *from, int why)
{
    from->tx.broken = why;
    return NET_BROKEN;
}

enum net_take net_packet_take(struct net_side *from, struct net_packet *p)
{
    struct vq_chain *c = &p->chain;
    struct virtio_net_hdr *h = &p->content.hdr;
    c->seg = tx_segs;
    c->limit = TX_SEGS;
    int r = vq_pop(&from->tx, c);
    if (r <= 0)
        return r ? NET_BROKEN : NET_NONE;
    if (c->nwrite || c->read_len < HDR)
        return broken(from, VQ_EBUFFER);
    if (!read_header(c, h))
        return broken(from, VQ_EGONE);
    uint64_t len = c->read_len - HDR;
    p->content.front_len = 0;
    p->content.offset = HDR;
    p->content.len = len;
    if (!len || len > NET_FRAME_MAX)
        return NET_MALFORMED;
    return !(h->flags | h->gso_type) || header_ok(from, h, len) ? NET_TAKEN : NET_MALFORMED;
}
