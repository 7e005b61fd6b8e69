// SPDX-License-Identifier: MIT
// Moves packets from the transmit queue of one side to the receive queue of the other: one copy,
// straight between the two drivers' memory. No IPC; the caller notifies.
#pragma once

#include <stdbool.h>

#include <l4/net/packet.h>

enum forward_result {
    FORWARD_IDLE,       // tx is empty, and its driver will notify
    FORWARD_BLOCKED,    // receiver has no buffers, its driver will notify when it adds some
    FORWARD_MORE,       // budget used up, call again
    FORWARD_TX_BROKEN,  // the sender's ring is broken
    FORWARD_RX_BROKEN,  // the receiver's ring is broken
};

struct forward_outcome {
    enum forward_result result;
    bool kick_from, kick_to;   // interrupt the driver of that side
};

// Forwards up to `budget` packets. Packets that the receiver cannot take at all (not running,
// stalled, buffers too small, malformed offload description) are dropped and counted; packets it
// has no buffers for stay in the sender's queue.
struct forward_outcome net_forward(struct net_side *from, struct net_side *to, unsigned budget);
