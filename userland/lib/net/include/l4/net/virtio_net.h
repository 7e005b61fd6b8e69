// SPDX-License-Identifier: MIT
// Network device of virtio 1.2, section 5.1: feature bits, configuration, packet header.
#pragma once

#include <stdint.h>

enum virtio_net_feature {
    VIRTIO_NET_F_CSUM = 0,         // driver may leave the checksum of a packet to the device
    VIRTIO_NET_F_GUEST_CSUM = 1,   // driver takes packets without complete checksum
    VIRTIO_NET_F_MAC = 5,
    VIRTIO_NET_F_GUEST_TSO4 = 7,   // driver takes large TCP packets
    VIRTIO_NET_F_GUEST_TSO6 = 8,
    VIRTIO_NET_F_GUEST_ECN = 9,
    VIRTIO_NET_F_HOST_TSO4 = 11,   // driver may send large TCP packets
    VIRTIO_NET_F_HOST_TSO6 = 12,
    VIRTIO_NET_F_HOST_ECN = 13,
    VIRTIO_NET_F_MRG_RXBUF = 15,   // driver takes packets spread over several buffers
};

enum { VIRTIO_NET_RX = 0, VIRTIO_NET_TX = 1, VIRTIO_NET_QUEUES = 2 };

struct virtio_net_config {
    uint8_t mac[6];
    uint16_t status;
    uint16_t max_virtqueue_pairs;
};

enum {
    VIRTIO_NET_HDR_F_NEEDS_CSUM = 1,
    VIRTIO_NET_HDR_GSO_NONE = 0,
    VIRTIO_NET_HDR_GSO_TCPV4 = 1,
    VIRTIO_NET_HDR_GSO_TCPV6 = 4,
    VIRTIO_NET_HDR_GSO_ECN = 0x80,
};

struct virtio_net_hdr {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t hdr_len;
    uint16_t gso_size;
    uint16_t csum_start;   // from the start of the packet
    uint16_t csum_offset;  // from csum_start
    uint16_t num_buffers;
};
