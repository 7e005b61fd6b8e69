// SPDX-License-Identifier: MIT
#include <l4/net/offload.h>

#include <string.h>

#include <l4/mem/guard.h>

enum {
    HDR = sizeof(struct virtio_net_hdr),
    ETH_LEN = 14, VLAN_LEN = 4, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_IP4 = 0x0800,
    ETHERTYPE_IP6 = 0x86dd, PROTO_TCP = 6, IP6_LEN = 40, TCP_MIN = 20,
    TCP_FIN = 1, TCP_PSH = 8, TCP_CWR = 0x80,
};

static unsigned get16(uint8_t const *p) { return (unsigned)p[0] << 8 | p[1]; }

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static uint32_t get32(uint8_t const *p) { return (uint32_t)get16(p) << 16 | get16(p + 2); }

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

// Sum of 16-bit big-endian words, n bytes of them (RFC 1071, 2 B: swapped words have the swapped sum).
static uint64_t sum_words(uint8_t const *p, size_t n)
{
    uint64_t sum = 0;
    for (; n >= 4; n -= 4, p += 4) {
        uint32_t two;
        memcpy(&two, p, sizeof(two));
        sum += two;
    }
    if (n)
        sum += (unsigned)p[1] << 8 | p[0];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return __builtin_bswap16((uint16_t)sum);
}

// The same for any bytes; *odd: those so far were odd in number.
static uint64_t sum_bytes(uint64_t sum, uint8_t const *p, size_t n, bool *odd)
{
    if (n && *odd) {
        sum += *p++;
        n--;
        *odd = false;
    }
    sum += sum_words(p, n & ~(size_t)1);
    if (n & 1) {
        sum += (unsigned)p[n - 1] << 8;
        *odd = true;
    }
    return sum;
}

// Of memory that may be gone. False: it is.
static bool sum_foreign(uint64_t *sum, uint8_t const *p, size_t n, bool *odd)
{
    uint8_t piece[512];
    while (n) {
        size_t part = n < sizeof(piece) ? n : sizeof(piece);
        if (guard_copy(piece, p, part) < 0)
            return false;
        *sum = sum_bytes(*sum, piece, part, odd);
        p += part;
        n -= part;
    }
    return true;
}

// Of the chain's readable bytes [offset, offset + len). False: they are gone.
static bool sum_chain(uint64_t *sum, struct vq_chain const *c, uint64_t offset, uint64_t len, bool *odd)
{
    for (unsigned i = 0; i < c->nread && len; i++) {
        uint64_t n = c->seg[i].len;
        if (offset >= n) {
            offset -= n;
            continue;
        }
        n -= offset;
        if (n > len)
            n = len;
        if (!sum_foreign(sum, c->seg[i].ptr + offset, n, odd))
            return false;
        len -= n;
        offset = 0;
    }
    return true;
}

// Never 0: that would mean "no checksum" in UDP, and 0xffff is the same number.
static unsigned sum_finish(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    unsigned r = ~(unsigned)sum & 0xffff;
    return r ? r : 0xffff;
}

int offload_checksum(struct vq_chain const *c, struct virtio_net_hdr const *hdr,
                     struct offload_frame *f)
{
    uint64_t len = c->read_len - HDR;
    unsigned field = (unsigned)hdr->csum_start + hdr->csum_offset;
    if (field + 2 > len || field + 2 > OFFLOAD_HEAD_MAX)
        return 0;

    f->head_len = field + 2;
    f->offset = HDR + f->head_len;
    f->len = len - f->head_len;
    if (vq_chain_read(c, HDR, f->head, f->head_len) < 0)
        return VQ_EGONE;
    // The field holds the sum of the pseudo header: it is part of the sum.
    bool odd = false;
    uint64_t sum =
        sum_bytes(0, f->head + hdr->csum_start, f->head_len - hdr->csum_start, &odd);
    if (!sum_chain(&sum, c, f->offset, f->len, &odd))
        return VQ_EGONE;
    put16(f->head + field, sum_finish(sum));
    return 1;
}

// Where things are in a large TCP packet.
struct tcp_packet {
    uint8_t head[OFFLOAD_HEAD_MAX];
    unsigned l3, l4, payload;   // offsets in the packet
    bool ip6;
    uint64_t payload_len;
    unsigned mss, segments;
};

static bool tcp_headers_ok(struct vq_chain const *c, struct virtio_net_hdr const *hdr, unsigned avail,
                           struct tcp_packet *p)
{
    uint64_t len = c->read_len - HDR;
    if (avail < ETH_LEN + IP6_LEN)
        return false;

    p->l3 = ETH_LEN;
    unsigned type = get16(p->head + 12);
    if (type == ETHERTYPE_VLAN) {
        type = get16(p->head + 16);
        p->l3 += VLAN_LEN;
    }
    p->l4 = hdr->csum_start;
    if ((uint64_t)p->l4 + TCP_MIN > avail)
        return false;
    uint8_t const *ip = p->head + p->l3;
    unsigned gso = hdr->gso_type & ~(unsigned)VIRTIO_NET_HDR_GSO_ECN;
    p->ip6 = gso == VIRTIO_NET_HDR_GSO_TCPV6;
    if (p->ip6) {
        // Extension headers may stand between; where TCP begins is the sender's word.
        if (type != ETHERTYPE_IP6 || ip[0] >> 4 != 6 || p->l4 < p->l3 + IP6_LEN)
            return false;
    } else if (type != ETHERTYPE_IP4 || ip[0] >> 4 != 4 || ip[9] != PROTO_TCP
               || (ip[0] & 15) < 5 || p->l4 != p->l3 + 4u * (ip[0] & 15)) {
        return false;
    }
    unsigned tcp_len = 4u * (p->head[p->l4 + 12] >> 4);
    p->payload = p->l4 + tcp_len;
    if (tcp_len < TCP_MIN || p->payload > avail || p->payload >= len || !hdr->gso_size)
        return false;
    p->payload_len = len - p->payload;
    p->mss = hdr->gso_size;
    p->segments = (unsigned)((p->payload_len + p->mss - 1) / p->mss);
    return true;
}

// 1, 0 when it is malformed, VQ_EGONE.
static int tcp_parse(struct vq_chain const *c, struct virtio_net_hdr const *hdr, struct tcp_packet *p)
{
    long avail = vq_chain_read(c, HDR, p->head, sizeof(p->head));
    return avail < 0 ? VQ_EGONE : tcp_headers_ok(c, hdr, (unsigned)avail, p);
}

int offload_segments(struct vq_chain const *c, struct virtio_net_hdr const *hdr)
{
    struct tcp_packet p;
    int r = tcp_parse(c, hdr, &p);
    return r > 0 ? (int)p.segments : r;
}

static uint64_t pseudo_header(struct tcp_packet const *p, uint64_t tcp_len)
{
    bool odd = false;
    unsigned addr = p->ip6 ? p->l3 + 8 : p->l3 + 12;
    return sum_bytes(PROTO_TCP + tcp_len, p->head + addr, p->ip6 ? 32 : 8, &odd);
}

static void rewrite_ip(struct tcp_packet const *p, uint8_t *head, unsigned i, unsigned l4_len)
{
    uint8_t *ip = head + p->l3;
    if (p->ip6) {
        put16(ip + 4, p->l4 - p->l3 - IP6_LEN + l4_len);
        return;
    }
    bool odd = false;
    put16(ip + 2, p->l4 - p->l3 + l4_len);
    put16(ip + 4, (get16(ip + 4) + i) & 0xffff);
    put16(ip + 10, 0);
    put16(ip + 10, sum_finish(sum_bytes(0, ip, p->l4 - p->l3, &odd)));
}

int offload_segment(struct vq_chain const *c, struct virtio_net_hdr const *hdr, unsigned i,
                    struct offload_frame *f)
{
    struct tcp_packet p;
    int r = tcp_parse(c, hdr, &p);
    if (r <= 0 || i >= p.segments)
        return r < 0 ? r : 0;

    bool last = i + 1 == p.segments;
    uint64_t begin = (uint64_t)i * p.mss;
    f->len = last ? p.payload_len - begin : p.mss;
    f->offset = HDR + p.payload + begin;
    f->head_len = p.payload;
    memcpy(f->head, p.head, p.payload);

    unsigned tcp_len = (unsigned)(p.payload - p.l4 + f->len);
    rewrite_ip(&p, f->head, i, tcp_len);
    uint8_t *tcp = f->head + p.l4;
    put32(tcp + 4, get32(tcp + 4) + (uint32_t)begin);
    if (!last)
        tcp[13] &= (uint8_t)~(TCP_FIN | TCP_PSH);
    if (i)
        tcp[13] &= (uint8_t)~TCP_CWR;
    put16(tcp + 16, 0);
    bool odd = false;
    uint64_t sum = sum_bytes(pseudo_header(&p, tcp_len), tcp, p.payload - p.l4, &odd);
    if (!sum_chain(&sum, c, f->offset, f->len, &odd))
        return VQ_EGONE;
    put16(tcp + 16, sum_finish(sum));
    return 1;
}
