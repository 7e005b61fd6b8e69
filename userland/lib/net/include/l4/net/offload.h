// SPDX-License-Identifier: MIT
// What a receiver does not take is done here for it: completing checksums, cutting large TCP
// packets into segments. Pure functions on a packet that lies in a descriptor chain.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <l4/net/packet.h>
#include <l4/net/virtio_net.h>
#include <l4/virtqueue/virtqueue.h>

enum { OFFLOAD_HEAD_MAX = 256 };  // bytes of protocol headers that can be rewritten

// A frame to send: rewritten head, then bytes [offset, offset + len) of the chain.
struct offload_frame {
    uint8_t head[OFFLOAD_HEAD_MAX + NET_FRONT_GROWS];
    unsigned head_len;
    uint64_t offset;
    uint64_t len;
};

// c is a chain with sizeof(*hdr) bytes in front of the packet. All of these return a positive number, 0 when description
// or headers do not fit the packet, or VQ_EGONE.

// Completes the checksum that hdr describes.
int offload_checksum(struct vq_chain const *c, struct virtio_net_hdr const *hdr,
                     struct offload_frame *f);

// Number of segments of a large TCP packet.
int offload_segments(struct vq_chain const *c, struct virtio_net_hdr const *hdr);

// Makes segment number i with complete checksums.
int offload_segment(struct vq_chain const *c, struct virtio_net_hdr const *hdr, unsigned i,
                    struct offload_frame *f);
