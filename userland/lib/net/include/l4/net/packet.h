// SPDX-License-Identifier: MIT
// One packet on its way from the transmit queue of one driver to the receive queue of another: one copy, straight between
// their memory. No IPC; the caller notifies. One thread: the work space is there once.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/net/virtio_net.h>
#include <l4/virtqueue/virtqueue.h>

struct net_side {
    struct vq_dev rx, tx;      // as the driver names them
    bool running;              // the driver is there
    bool stalled;              // it has not given buffers for long: drop what is for it
    uint32_t features;         // accepted bits 0 to 31 (enum virtio_net_feature)
    uint16_t rx_seen;          // receive buffers looked at when they were too few
    unsigned segment;          // next segment of the large packet at the head of tx
    uint64_t tx_packets, tx_bytes;
    uint64_t dropped;          // packets of this side that reached nobody
};

enum {
    NET_HDR = sizeof(struct virtio_net_hdr),
    NET_FRAME_MAX = 0x10000 + 64,  // a large TCP packet with its Ethernet header
    NET_FRONT_GROWS = 4,           // so much longer than what it stands for a front may be at most: a VLAN tag
};

// What a receiver gets: the header, `front`, then the bytes of the sender's buffers from `offset` on.
struct net_content {
    struct virtio_net_hdr hdr;  // as it was read, once, with the flags that a receiver knows; offsets are those of the sender
    uint8_t const *front;
    unsigned front_len;
    uint64_t offset, len;
};

// The front stands for the frame's first offset - NET_HDR bytes, so that receivers get what a switch has looked at, whatever
// the sender writes into its memory meanwhile. These are no more than Ethernet's header, with a tag.
struct net_packet {
    struct vq_chain chain;      // the sender's buffers: a header, then the frame
    struct net_content content;
};

enum net_take {
    NET_NONE,       // there is no packet
    NET_TAKEN,
    NET_MALFORMED,  // empty, too long, or with an offload description that the sender may not give: for nobody
    NET_BROKEN,     // the ring is broken, or the memory gone: side->tx.broken says which
};

// Takes the next packet from the side's transmit queue, with an empty front. Who is done with one that was taken, malformed
// or not, gives its buffers back: vq_push(&side->tx, packet->chain.head, 0).
enum net_take net_packet_take(struct net_side *from, struct net_packet *packet);

enum net_result {
    NET_SENT,
    NET_DROPPED,     // the receiver cannot take it: buffers too small, or headers that cannot be rewritten for it
    NET_WAIT,        // it has too few buffers: it might later
    NET_RX_BROKEN,   // its ring is broken, or its memory gone
    NET_TX_BROKEN,   // the sender's memory is gone
};

// Copies the packet into the buffers of a side that runs. What that side does not take (segments, checksums) is done for it.
// After NET_WAIT the call continues with the segment where buffers ran out: set from->segment to 0 before another receiver.
enum net_result net_packet_deliver(struct net_side *from, struct net_side *to, struct net_packet *packet);
